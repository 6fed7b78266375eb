namespace AllData.Client.Connection;

/// <summary>The command line requests something that cannot be done. The message names the way out.</summary>
internal sealed class UsageException(string message) : Exception(message);
