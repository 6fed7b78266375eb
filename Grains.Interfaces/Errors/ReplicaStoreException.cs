namespace AllData.Errors;

/// <summary>The replica's database cannot be opened or read. The message names the file and the way out. Nothing was changed.</summary>
/// <param name="message">A sentence.</param>
/// <param name="inner">The cause, for the log of the silo; a caller elsewhere gets the message only.</param>
[GenerateSerializer, Alias("AllData.ReplicaStoreException")]
public sealed class ReplicaStoreException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>
/// A failure inside a silo that no caller can do anything about: the cause is in that silo's log. A <see cref="PutException"/> says what is known
/// about an event that was put; after this error nothing is known.
/// </summary>
[GenerateSerializer, Alias("AllData.UnexpectedFailureException")]
public sealed class UnexpectedFailureException(string message) : Exception(message);
