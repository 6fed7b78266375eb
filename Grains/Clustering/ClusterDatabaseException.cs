namespace AllData.Clustering;

/// <summary>The cluster database cannot be used, so this silo cannot start. The message says what to check.</summary>
public sealed class ClusterDatabaseException(string message, Exception? cause = null) : Exception(message, cause);
