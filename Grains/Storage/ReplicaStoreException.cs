namespace AllData.Storage;

/// <summary>The replica's database cannot be opened or read. The message names the file and the way out. Nothing was changed.</summary>
[GenerateSerializer, Alias("AllData.ReplicaStoreException")]
public sealed class ReplicaStoreException(string message, Exception? inner = null) : Exception(message, inner);
