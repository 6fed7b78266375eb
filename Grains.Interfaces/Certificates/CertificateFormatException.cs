namespace AllData.Certificates;

/// <summary>A text is not a certificate, a note, a checkpoint, a key or a proof: the message says which line is wrong and what is expected there.</summary>
public sealed class CertificateFormatException(string message) : FormatException(message);
