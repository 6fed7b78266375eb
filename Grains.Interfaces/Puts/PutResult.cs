using AllData.Errors;
using AllData.Replication;

namespace AllData.Puts;

/// <summary>The result of one event of a <c>PutMany</c>: exactly one of the two is set.</summary>
/// <param name="Receipt">The receipt, when it succeeded.</param>
/// <param name="Error">The error, when it did not.</param>
[GenerateSerializer, Immutable, Alias("AllData.PutResult")]
public sealed record PutResult([property: Id(0)] PutReceipt? Receipt, [property: Id(1)] PutException? Error);
