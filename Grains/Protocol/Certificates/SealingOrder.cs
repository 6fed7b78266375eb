namespace AllData.Protocol.Certificates;

/// <summary>What an operator has said about an interval.</summary>
/// <param name="AcceptMissing">Why what is missing and cannot come is accepted; null where it is not.</param>
/// <param name="EvenUnknown">Whether a certificate that promises nothing about completeness is wanted, too: it fixes the events that are there.</param>
internal sealed record SealingOrder(string? AcceptMissing = null, bool EvenUnknown = false)
{
    /// <summary>Nothing: sealing is tried by itself.</summary>
    public static SealingOrder None { get; } = new();
}
