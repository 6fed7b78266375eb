using AllData.Errors;

namespace AllData.Coordination;

/// <summary>A bug on the way of a put: its caller is told, and does not hang on it.</summary>
internal static class InternalError
{
    /// <summary>What the callers are told.</summary>
    /// <param name="bug">What was thrown.</param>
    public static PutOutcomeUnknownException Of(Exception bug) =>
        new($"The put ended by an internal error: {bug.Message} Retry with the same key.", [], []);
}
