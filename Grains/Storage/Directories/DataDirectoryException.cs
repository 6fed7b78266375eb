namespace AllData.Storage.Directories;

/// <summary>A data directory is in use, belongs to another peer or cluster, or is damaged. The message names the way out.</summary>
public sealed class DataDirectoryException(string message, Exception? inner = null) : Exception(message, inner);
