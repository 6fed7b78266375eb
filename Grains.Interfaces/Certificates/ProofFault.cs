namespace AllData.Certificates;

/// <summary>Which part of a proof, or of a log, does not hold.</summary>
internal enum ProofFaultKind
{
    /// <summary>The head is that of another log.</summary>
    Origin = 0,

    /// <summary>A signature in the name of a trusted key is not of that key: head or signature was changed.</summary>
    ForgedSignature = 1,

    /// <summary>Too few trusted keys have signed the head.</summary>
    TooFewSignatures = 2,

    /// <summary>The keys that have signed the head lie in too few zones.</summary>
    TooFewZones = 3,

    /// <summary>The certificate is not the one that the log has at its place.</summary>
    CertificateNotInLog = 4,

    /// <summary>The payload is not the one whose hash is proven.</summary>
    Payload = 5,

    /// <summary>The event's key lies outside of the certificate's interval.</summary>
    OutsideOfInterval = 6,

    /// <summary>The event is not in the tree whose root the certificate names.</summary>
    EventNotInInterval = 7,

    /// <summary>An entry of the log is not a certificate of it that can stand at its place.</summary>
    Entry = 8,

    /// <summary>The log has fewer entries than its head says, or than were seen before.</summary>
    Removed = 9,

    /// <summary>The entries of the log are not those of its head, or not those that were seen before.</summary>
    Changed = 10,
}

/// <summary>What does not hold.</summary>
/// <param name="Kind">Which part.</param>
/// <param name="Sentence">What is wrong with it, for people.</param>
internal sealed record ProofFault(ProofFaultKind Kind, string Sentence);
