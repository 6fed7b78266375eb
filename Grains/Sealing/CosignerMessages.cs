using System.Collections.Immutable;
using System.Globalization;
using AllData.Certificates;
using AllData.Intervals;

namespace AllData.Sealing;

/// <summary>What a peer says when it is asked to close an interval.</summary>
/// <param name="WhyOpen">Why it has not promised to take no more puts: a sentence; null: it has.</param>
/// <param name="Damage">What it knows to be lost or unreadable of the interval; null: nothing.</param>
/// <param name="Held">What it holds of the interval, in short, so that a later change is noticed.</param>
[GenerateSerializer, Immutable, Alias("AllData.CloseReply")]
internal sealed record CloseReply([property: Id(0)] string? WhyOpen, [property: Id(1)] string? Damage, [property: Id(2)] string Held);

/// <summary>What a peer has of the log.</summary>
/// <param name="Size">Entries under a valid head.</param>
/// <param name="Note">That head with its signatures; empty before the first.</param>
/// <param name="Signed">Texts of the entries beyond the valid head that it has signed, or may have.</param>
/// <param name="Signature">Its signature of the valid head under its present key, a line of a note; empty before the first head.</param>
/// <param name="Refused">Roots of the heads with one more entry that it has promised never to sign.</param>
[GenerateSerializer, Immutable, Alias("AllData.LogStanding")]
internal sealed record LogStanding(
    [property: Id(0)] long Size, [property: Id(1)] string Note, [property: Id(2)] ImmutableArray<string> Signed, [property: Id(3)] string Signature,
    [property: Id(4)] ImmutableArray<TreeHash> Refused)
{
    /// <summary>Whether its disk takes no writes: it says what it has, and can neither sign nor seal.</summary>
    [Id(5)]
    public bool IsReadOnly { get; init; }
}

/// <summary>Asks a peer to sign the head of the log with one more entry.</summary>
/// <param name="Size">The size of the log without it.</param>
/// <param name="Text">The entry.</param>
/// <param name="Refusals">Signatures of refusals of other heads of the same size, each as a line of a note.</param>
[GenerateSerializer, Immutable, Alias("AllData.CosignRequest")]
internal sealed record CosignRequest([property: Id(0)] long Size, [property: Id(1)] string Text, [property: Id(2)] ImmutableArray<string> Refusals);

/// <summary>What a peer has done with a head.</summary>
internal enum CosignOutcome
{
    /// <summary>It has not signed; it may do so later.</summary>
    NotNow = 0,

    /// <summary>It has signed.</summary>
    Signed = 1,

    /// <summary>It has found something else than the certificate says and will find it again, or has signed another head of this size.</summary>
    Disagrees = 2,
}

/// <summary>The answer to a request for a signature.</summary>
/// <param name="Outcome">What the peer has done.</param>
/// <param name="Signature">The signature, a line of a note; empty where it has not signed.</param>
/// <param name="Reason">Why it has not signed; empty where it has.</param>
[GenerateSerializer, Immutable, Alias("AllData.CosignReply")]
internal sealed record CosignReply([property: Id(0)] CosignOutcome Outcome, [property: Id(1)] string Signature, [property: Id(2)] string Reason)
{
    /// <summary>A signature.</summary>
    public static CosignReply Signed(string signature) => new(CosignOutcome.Signed, signature, "");

    /// <summary>Not now, for a reason.</summary>
    public static CosignReply NotNow(string reason) => new(CosignOutcome.NotNow, "", reason);

    /// <summary>Not this head, for a reason that lasts.</summary>
    public static CosignReply Disagrees(string reason) => new(CosignOutcome.Disagrees, "", reason);
}

/// <summary>What a peer holds of an interval, in short, so that a change is noticed.</summary>
/// <param name="Interval">The interval.</param>
/// <param name="Held">Blocks, events and the sum of their digests.</param>
[GenerateSerializer, Immutable, Alias("AllData.IntervalMark")]
internal sealed record IntervalMark([property: Id(0)] Interval Interval, [property: Id(1)] string Held)
{
    /// <summary>It in short.</summary>
    public static IntervalMark Of(StoredInterval stored) => new(
        stored.Interval, string.Create(CultureInfo.InvariantCulture, $"{stored.Blocks} {stored.Events} {stored.DigestSum}"));
}
