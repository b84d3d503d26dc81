"""Questions of speed, one script each: something of ours against a peer or against its own limit, measured in
the same run, part by part in turn, so that what is reported is a ratio and a busy machine hurts both sides
alike. README.md lists the questions; `bash run.sh bench` runs them.
"""
