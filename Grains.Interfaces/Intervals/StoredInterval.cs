using System.Text.Json.Serialization;
using AllData.Events;
using AllData.Json;

namespace AllData.Intervals;

/// <summary>What may still happen to an interval at a replica.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<IntervalState>))]
public enum IntervalState
{
    /// <summary>New blocks are taken.</summary>
    Open = 0,

    /// <summary>The replica has durably promised to take no new puts; only repair may still complete it.</summary>
    Closed = 1,
}

/// <summary>What one replica holds of one interval.</summary>
/// <param name="Interval">The interval.</param>
/// <param name="State">Whether it still takes puts.</param>
/// <param name="Blocks">Blocks held.</param>
/// <param name="Events">Events in them; one that lies in two blocks counts twice.</param>
/// <param name="Bytes">Bytes on disk.</param>
/// <param name="DigestSum">Sum of the event digests, modulo 2^128; provisional until the interval is sealed.</param>
/// <param name="Location">File or table, for people.</param>
/// <param name="Damage">Null when nothing is known to be wrong; otherwise a sentence: what the replica holds may be less than it once promised.</param>
[GenerateSerializer, Immutable, Alias("AllData.StoredInterval")]
public sealed record StoredInterval(
    [property: Id(0)] Interval Interval,
    [property: Id(1)] IntervalState State,
    [property: Id(2)] long Blocks,
    [property: Id(3)] long Events,
    [property: Id(4)] long Bytes,
    [property: Id(5)] EventDigest DigestSum,
    [property: Id(6)] string Location,
    [property: Id(7)] string? Damage);
