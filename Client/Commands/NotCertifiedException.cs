namespace AllData.Client.Commands;

/// <summary>The certificates of the cluster do not promise what is required. The message says why.</summary>
internal sealed class NotCertifiedException(string message) : Exception(message);
