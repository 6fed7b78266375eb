using AllData.Certificates;

namespace AllData.Protocol.Certificates;

/// <summary>A head of the certificate log that a peer has signed, or has been asked to sign.</summary>
/// <param name="Size">The log's size.</param>
/// <param name="Root">The log's root.</param>
/// <param name="Text">The text of the last entry: with the log before it, it makes the head.</param>
internal sealed record SignedHead(long Size, TreeHash Root, string Text);
