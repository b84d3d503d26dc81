"""The layers of all five papers by name: each has its equation, and Keras saves and loads it.

With this module and `repro.losses` imported, `keras.saving.load_model` knows what a saved network is made of.
"""

from repro.anticipation.cam import CamGate, ClassScores, Pooling, SelectMap
from repro.backbones.clips import ClipCrop, VolumeBGR
from repro.backbones.fixed_norm import FixedNorm
from repro.backbones.flow_image import FlowImage
from repro.backbones.preprocessing import CaffeBGR, CentredRGB
from repro.backbones.temporal import CentreFlow
from repro.paper3.model import Decoder
from repro.recurrent.attention import Attention
from repro.recurrent.attention_lstm import AttentionLSTM
from repro.recurrent.joint_attention import JointAttentionLSTM
from repro.recurrent.joint_lstm import JointLSTM
from repro.recurrent.lstm import LSTM, StartState
from repro.recurrent.peephole_lstm import PeepholeLSTMCell
from repro.recurrent.sequence_lstm import SequenceLSTM
from repro.recurrent.soft_attention import SoftAttention

__all__ = [
    "LSTM",
    "Attention",
    "AttentionLSTM",
    "CaffeBGR",
    "CamGate",
    "CentreFlow",
    "CentredRGB",
    "ClassScores",
    "ClipCrop",
    "Decoder",
    "FixedNorm",
    "FlowImage",
    "JointAttentionLSTM",
    "JointLSTM",
    "PeepholeLSTMCell",
    "Pooling",
    "SelectMap",
    "SequenceLSTM",
    "SoftAttention",
    "StartState",
    "VolumeBGR",
]
