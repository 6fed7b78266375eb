namespace AllData.Client.Export;

/// <summary>An export could not be made, or not be made visible. The message names the way out.</summary>
internal sealed class ExportException(string message, Exception? inner = null) : Exception(message, inner);
