"""Where content is cut into chunks, written from docs/protocol.md ("Chunks") alone."""

SMALLEST_LOG2, LARGEST_LOG2 = 13, 24
WORD = 2**64 - 1


def gear_table():
    """The first 256 numbers of SplitMix64 from 0."""
    table, state = [], 0
    for _ in range(256):
        state = state + 0x9E3779B97F4A7C15 & WORD
        mixed = (state ^ state >> 30) * 0xBF58476D1CE4E5B9 & WORD
        mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB & WORD
        table.append(mixed ^ mixed >> 31)
    return table


GEAR = gear_table()


def lengths_of(content, average_log2):
    """The length of each chunk."""
    lengths, begin = [], 0
    while begin < len(content):
        lengths.append(first_length(content, begin, average_log2))
        begin += lengths[-1]
    return lengths


def first_length(content, begin, average_log2):
    """Of the chunk that begins there."""
    average = 1 << average_log2
    least, most = average // 4, 4 * average
    value = 0
    before, after = 1 << 64 - (average_log2 + 2), 1 << 64 - (average_log2 - 2)
    end = min(len(content), begin + most)
    for at in range(begin + least - 64, end):
        value = (value << 1) + GEAR[content[at]] & WORD
        length = at + 1 - begin
        if length > least and value < (before if length <= average else after):
            return length
    return end - begin
