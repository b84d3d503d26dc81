"""Makes the goldens again from tensorflow-addons; shows what would change, changes it only with `--write`.

Runs in the environment of requirements-oracle.txt, never in the project's own, and imports nothing from
`repro`: a golden is worth something only while it knows nothing of the code it judges.
"""

import tensorflow as tf
from files import make
from recipes import GOLDENS

if __name__ == "__main__":
    tf.get_logger().setLevel("ERROR")  # it warns about retracing, which is harmless here
    make(GOLDENS, ("tensorflow-addons", "tensorflow-cpu", "keras", "numpy"), __doc__)
