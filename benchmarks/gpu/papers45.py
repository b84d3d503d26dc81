"""Paper 4: a training step of VideoLSTM. Paper 5: one of joint attention."""

from __future__ import annotations

import numpy as np
import torch

from benchmarks import joint_work, video_lstm_work
from benchmarks.gpu import peer
from benchmarks.gpu.case import Case
from benchmarks.peers import joint_attention, video_lstm
from repro.paper4 import networks as networks4
from repro.paper4.recipe import recipe as recipe4
from repro.paper5 import networks as networks5
from repro.paper5.recipe import recipe as recipe5

BATCH = {"paper": {4: 128, 5: 64}, "tiny": {4: 3, 5: 3}}  # the papers'


def videolstm(size: str, precision: str) -> Case:
    """Two inputs of 30 x 7 x 7 x 512, RMSprop."""
    numbers = recipe4(size)
    sizes = video_lstm_work.sizes_of(numbers, BATCH[size][4])
    model = networks4.sequence_network(numbers, sizes.classes)
    inputs, labels = video_lstm_work.sampled_batch(sizes)
    own = {name: value for name, value in sizes._asdict().items() if name not in ("batch", "steps")}
    plain = peer.with_weights(video_lstm.VideoLSTM(**own, dropout=numbers.head_dropout), model)
    given = [peer.tensor(inputs[name].transpose(0, 1, 4, 2, 3)) for name in ("pool5", "motion")]
    classes = peer.tensor(labels)
    rule = video_lstm.optimizer(plain, numbers.lstm_learning_rate, numbers.lstm_decay, numbers.lstm_epsilon)

    def says(count: int) -> dict[str, torch.Tensor]:
        return {"frame": torch.softmax(plain(*(each[:count] for each in given)).float(), dim=2)}

    step = peer.training_step(plain, rule, lambda: video_lstm.loss(plain(*given), classes), precision)
    return Case(
        "training step of VideoLSTM (paper 4)",
        sizes.batch,
        float(video_lstm_work.training_flop(sizes)),
        model,
        inputs,
        {"frame": labels},
        {"peer": step},
        lambda count: peer.outputs(plain, lambda: says(count), precision),
    )


def joint(size: str, precision: str) -> Case:
    """Two branches of 30 x 11 x 11 x 512, clipping set by set, Adam."""
    numbers = recipe5(size)
    sizes = joint_work.sizes_of(numbers, BATCH[size][5])
    model = networks5.sequence_network(numbers, sizes.classes, None)
    inputs, labels = joint_work.sampled_batch(sizes)
    own = {name: value for name, value in sizes._asdict().items() if name not in ("batch", "steps")}
    plain = peer.with_weights(joint_attention.JointAttention(**own), model)
    given = {name: peer.tensor(array.transpose(0, 4, 1, 2, 3)) for name, array in inputs.items()}
    classes = peer.tensor(labels)
    rule = joint_attention.optimizer(plain, numbers.learning_rate, numbers.adam_epsilon)

    def loss() -> torch.Tensor:
        return joint_attention.loss(plain, plain(given), classes, numbers.lambda_att, numbers.weight_decay)

    def clip() -> None:
        for weights in joint_attention.parameter_sets(plain):
            torch.nn.utils.clip_grad_norm_(weights, numbers.clip_norm)

    def says(count: int) -> dict[str, torch.Tensor]:
        outputs = plain({name: each[:count] for name, each in given.items()})
        return {n: e if n.endswith("_gap") else torch.softmax(e.float(), dim=2) for n, e in outputs.items()}

    return Case(
        "training step of joint attention (paper 5)",
        sizes.batch,
        float(sum(joint_work.training_flop(sizes).values())),
        model,
        inputs,
        dict.fromkeys(networks5.outputs_of(numbers), np.asarray(labels)),
        {"peer": peer.training_step(plain, rule, loss, precision, clip)},
        lambda count: peer.outputs(plain, lambda: says(count), precision),
    )
