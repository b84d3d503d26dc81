"""Clips whose frames are not shown at a constant rate."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from repro.video.encode import write_video

TICK_S = 0.04


def write_shown_at(path: Path, ticks: Sequence[int], height: int = 48, width: int = 64) -> None:
    """A clip (.mp4 or .mkv) whose frame t is shown at `ticks[t]` times 40 ms, increasing from 0.

    Its header says 25 frames a second. The frames are encoded once, and then put into the container with
    these times.
    """
    encoded = path.with_name(f"{path.stem}-encoded.avi")
    write_video(
        encoded, (np.full((height, width, 3), 10 * t, np.uint8) for t in range(len(ticks))), 25, "xvid"
    )
    packets = cv2.VideoCapture(str(encoded), cv2.CAP_FFMPEG, [cv2.CAP_PROP_FORMAT, -1])
    options = [cv2.VIDEOWRITER_PROP_RAW_VIDEO, 1]
    tag = cv2.VideoWriter.fourcc(*"mp4v")
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, tag, 1 / TICK_S, (width, height), options)
    for tick in ticks:
        there, packet = packets.read()
        assert there
        writer.set(cv2.VIDEOWRITER_PROP_KEY_FLAG, packets.get(cv2.CAP_PROP_LRF_HAS_KEY_FRAME))
        assert writer.set(cv2.VIDEOWRITER_PROP_PTS, tick)
        writer.write(packet)
    writer.release()
    packets.release()
    encoded.unlink()
