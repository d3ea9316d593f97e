"""Prints Sources/CKernels/approximations.h: the polynomials of exp2 and of GELU's tail.

exp2(f) on [-1/2, 1/2] and g(t) = t * (1 - Phi(t)) on sixteen segments half a unit wide, each
fitted by weighted least squares on Chebyshev nodes, which for these smooth functions lies within a
few percent of the minimax polynomial (Trefethen, Approximation Theory and Approximation Practice,
chapter 16). Coefficients are rounded to fp32 from the highest power down, each time fitting the
rest again. Needs numpy.
"""

import math

import numpy as np

SEGMENT_WIDTH = 0.5
SEGMENTS = 16


def fit(function, low, high, degree, zero_at=None):
    nodes = np.cos(np.pi * (np.arange(400) + 0.5) / 400)
    x = (low + high) / 2 + (high - low) / 2 * nodes
    y = np.array([function(v) for v in x])
    # Least squares with weight 1 on Chebyshev nodes is the truncated Chebyshev series.
    fixed = {}
    if zero_at is not None:
        fixed[0] = 0.0
    for power in range(degree, -1, -1):
        free = [p for p in range(degree + 1) if p not in fixed]
        if not free:
            break
        rest = y - sum(c * x**p for p, c in fixed.items())
        solution = np.linalg.lstsq(np.stack([x**p for p in free], 1), rest, rcond=None)[0]
        if power in free:
            fixed[power] = float(np.float32(solution[free.index(power)]))
    return [fixed[p] for p in range(degree + 1)]


def gelu_tail(t):
    t = abs(t)
    return t * 0.5 * math.erfc(t / math.sqrt(2.0))


def main():
    exp2 = fit(lambda f: 2.0**f, -0.5, 0.5, 4)
    table = []
    for segment in range(SEGMENTS):
        low, high = ((segment + side) * SEGMENT_WIDTH for side in (-0.5, 0.5))
        table.append(fit(gelu_tail, max(low, 0.0), high, 3, 0 if segment == 0 else None))
    print("// Written by Benchmarks/encoder/approximation_coefficients.py, which says how.")
    print("#ifndef RANKWIRE_APPROXIMATIONS_H")
    print("#define RANKWIRE_APPROXIMATIONS_H\n")
    print("// 1.5 * 2^23: adding it rounds to the nearest integer, left in the low bits.")
    print("#define RW_ROUNDING_MAGIC 12582912.0f")
    print("// Below it 2^x is subnormal; softmax loses nothing there.")
    print("#define RW_EXP2_MINIMUM (-125.0f)")
    for power, value in enumerate(exp2):
        print(f"#define RW_EXP2_C{power} {np.float32(value).item().hex()}f")
    print(f"\n#define RW_GELU_SEGMENTS {SEGMENTS}")
    print("// 1.5 * 2^22: adding it rounds to the nearest half, left in the low bits as their count.")
    print("#define RW_GELU_MAGIC 6291456.0f")
    print("// |x| past the last segment counts as its end, where the tail is below 1e-13.")
    print(f"#define RW_GELU_MAXIMUM {(SEGMENTS - 0.5) * SEGMENT_WIDTH - 0.001:.6f}f")
    print("\n// Row p holds the coefficient of power p for every segment.")
    print("static const float rw_gelu_tail[4][RW_GELU_SEGMENTS]")
    print("    __attribute__((aligned(64), unused)) = {")
    for power in range(4):
        values = [np.float32(row[power]).item().hex() + "f" for row in table]
        print("    {")
        for start in range(0, SEGMENTS, 4):
            print("        " + ", ".join(values[start : start + 4]) + ",")
        print("    },")
    print("};\n\n#endif")


main()
