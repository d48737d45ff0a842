"""Do two kinds of calls take the same time? A rank test, which asks nothing of the distribution."""
import math
import random
import statistics
import time


def ranks(values):
    """Rank of each value, ties sharing their mean; and the sum of t^3 - t over the ties."""
    order = sorted(range(len(values)), key=values.__getitem__)
    found, ties, at = [0.0] * len(values), 0, 0
    while at < len(order):
        end = at
        while end < len(order) and values[order[end]] == values[order[at]]:
            end += 1
        for i in order[at:end]:
            found[i] = (at + 1 + end) / 2
        ties += (end - at) ** 3 - (end - at)
        at = end
    return found, ties


def rank_test(first, second):
    """Two-sided p of Mann and Whitney's U by its normal approximation."""
    n, m = len(first), len(second)
    all_ranks, ties = ranks(first + second)
    u = sum(all_ranks[:n]) - n * (n + 1) / 2
    size = n + m
    variance = n * m / 12 * (size + 1 - ties / (size * (size - 1)))
    if variance <= 0:
        return 1.0
    z = max(0, abs(u - n * m / 2) - 0.5) / math.sqrt(variance)
    return math.erfc(z / math.sqrt(2))


def interleaved(calls, rounds, seed=1):
    """Seconds of each call, all of them once a round in an order that changes."""
    order, found = random.Random(seed), [[] for _ in calls]
    for call in calls:
        call()
    for _ in range(rounds):
        for i in order.sample(range(len(calls)), len(calls)):
            begin = time.perf_counter()
            calls[i]()
            found[i].append(time.perf_counter() - begin)
    return found


def difference(first, second):
    """How far the medians are apart, as a share of the smaller one."""
    low, high = sorted((statistics.median(first), statistics.median(second)))
    return (high - low) / low


def told_apart(first, second, share, p=1e-4):
    """Whether an observer can tell: the ranks differ beyond chance, the medians by that share."""
    return rank_test(first, second) < p and difference(first, second) > share
