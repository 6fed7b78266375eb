using AllData.Errors;

namespace AllData.Coordination;

/// <summary>A bug in the put path: the caller gets an answer instead of hanging.</summary>
internal static class InternalError
{
    /// <summary>The message for callers.</summary>
    /// <param name="bug">What was thrown.</param>
    public static PutOutcomeUnknownException Of(Exception bug) =>
        new($"The put ended with an internal error: {bug.Message} Retry with the same key.", [], []);
}
