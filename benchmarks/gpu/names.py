"""The names of the questions, `SUBJECT-PRECISION`, the most important first."""

# bf16: products of bfloat16, weights and updates float32. tf32: float32 whose products round their factors to
# 10 bits of mantissa. fp32: whole float32.
PRECISIONS = ("bf16", "tf32", "fp32")
STEPS = ("papers12", "paper3", "paper4", "paper5")
# Those up to the last bf16 take 4 to 5 minutes on an H200, the others as long again: a second call asks them.
NAMES = (
    "matrix",
    "frames-bf16",
    "frames-tf32",
    *(f"{step}-bf16" for step in STEPS),
    *(f"{step}-tf32" for step in STEPS),
    "frames-fp32",
)
