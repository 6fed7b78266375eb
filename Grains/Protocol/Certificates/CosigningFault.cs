namespace AllData.Protocol.Certificates;

/// <summary>Why a cosigner does not sign a certificate.</summary>
/// <param name="Sentence">The reason, as a sentence.</param>
/// <param name="IsLasting">Whether it will not sign it later either; otherwise peers that return, or repair, may change what it finds.</param>
internal sealed record CosigningFault(string Sentence, bool IsLasting);
