namespace AllData.Errors;

/// <summary>A certificate cannot be given or made now; the message says why and what to do.</summary>
[GenerateSerializer, Alias("AllData.CertificateException")]
public sealed class CertificateException(string message) : Exception(message);
