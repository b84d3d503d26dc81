"""Seeds and sources as crossed random factors, by plain loops over Python numbers."""

import math


def balanced(table):
    """Two-way analysis of variance without repeats of [seed][source] -> mean, standard error, df."""
    n, count = len(table), len(table[0])
    mean = sum(map(sum, table)) / (n * count)
    seeds = [sum(row) / count for row in table]
    sources = [sum(row[g] for row in table) / n for g in range(count)]
    ms_seed = count * sum((x - mean) ** 2 for x in seeds) / (n - 1)
    ms_group = n * sum((x - mean) ** 2 for x in sources) / (count - 1)
    df = (ms_seed + ms_group) ** 2 / (ms_seed**2 / (n - 1) + ms_group**2 / (count - 1))
    return mean, math.sqrt((ms_seed + ms_group) / (n * count)), df


def unequal(strata):
    """Strata of ([seed][clip], sources of the clips) that share no source, clips of unlike numbers."""
    n = len(strata[0][0])
    by_seed, of_group, squares, mean = [0.0] * n, 0.0, 0.0, 0.0
    sums = []
    for values, sources in strata:
        clips = len(sources)
        middle = sum(map(sum, values)) / (n * clips)
        mean += middle / len(strata)
        for s in range(n):
            by_seed[s] += sum(values[s]) / clips / len(strata)
        for source in sorted(set(sources)):
            own = [i for i in range(clips) if sources[i] == source]
            squares += (len(own) / clips / len(strata)) ** 2
            off = sum(values[s][i] - middle for s in range(n) for i in own) / n / clips / len(strata)
            sums.append(off**2)
    count = 1 / squares
    of_group = sum(sums) * count / (count - len(strata))
    of_seed = sum((x - mean) ** 2 for x in by_seed) / (n - 1) / n
    df = (of_seed + of_group) ** 2 / (of_seed**2 / (n - 1) + of_group**2 / (count - len(strata)))
    return mean, math.sqrt(of_seed + of_group), df
