"""Batches for training: `FrameBatches` and `ChunkBatches` from video files, `FlowBatches` from stored optical
flow, `MapBatches` from stored maps of frames, `SequenceBatches` from stored features of whole videos,
`SnippetBatches` from a few frames of them,
`StoredClips` from all their clips, `WindowBatches` from chunks and frames of a window.

Order of phases, with reasons:

1. plan     Which clips, frames and changes an epoch takes, and in what order, is computed from (seed, epoch)
            before anything is read. Batch s of epoch e is therefore the same whether the epoch was started
            at step 0 or at s: training resumes by three integers, without state of iterators or buffers.
2. decode   Each clip once per epoch and sequentially (seeking is wrong on some files), in threads ahead of
            the model, since OpenCV works outside Python's lock. What they hold at full size stays within one
            budget (`video.budget`), since step 3 follows on each frame as it comes.
3. change   Every frame by its own sample, in the same threads. The warp includes the resize, so that pixels
            are interpolated once, and colours are changed at the small size.
4. mix      Frames of `mix_clips` clips are shuffled together: a batch should not consist of neighbours from
            one clip, and a whole epoch of decoded frames does not fit in memory.
5. batch    The last batch of an epoch may be smaller; nothing is dropped or repeated.
6. prefetch Two batches ahead. Pixel normalisation belongs to the network; frames stay uint8 up to there.
"""

from repro.input_pipeline.chunk_batches import ChunkBatches
from repro.input_pipeline.flow_batches import FlowBatches
from repro.input_pipeline.frame_batches import FrameBatches
from repro.input_pipeline.map_batches import MapBatches
from repro.input_pipeline.sequence_batches import SequenceBatches
from repro.input_pipeline.snippet_batches import SnippetBatches
from repro.input_pipeline.stored_clips import StoredClips
from repro.input_pipeline.window_batches import WindowBatches

__all__ = [
    "ChunkBatches",
    "FlowBatches",
    "FrameBatches",
    "MapBatches",
    "SequenceBatches",
    "SnippetBatches",
    "StoredClips",
    "WindowBatches",
]
