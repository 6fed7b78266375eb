namespace AllData.Errors;

/// <summary>
/// The caller has not identified itself as one that may use the store, or its roles do not allow the call. Nothing was written and nothing changed; the
/// same call fails again.
/// </summary>
[GenerateSerializer, Alias("AllData.CallerRefusedException")]
public sealed class CallerRefusedException(string message) : Exception(message);

/// <summary>A silo has not seen the caller's proof yet: the client's library sends it, and the call again.</summary>
[GenerateSerializer, Alias("AllData.CallerUnknownException")]
internal sealed class CallerUnknownException() : Exception("The silo does not know the caller yet.");
