using AllData.Errors;

namespace AllData.Puts;

/// <summary>
/// What is known of an event after several attempts under one key: a fold of their answers. An attempt that may have written is never undone by a
/// later one that was refused and wrote nothing, for that one says nothing of the first. A stored answer settles it, and so does a conflict: the
/// key is another event's.
/// </summary>
internal static class PutVerdict
{
    /// <summary>Whether copies may exist after another attempt has failed.</summary>
    /// <param name="before">Whether they may have existed before it.</param>
    /// <param name="failure">How it failed; it had a key.</param>
    public static bool MayBeWritten(bool before, Exception failure) =>
        failure is not KeyConflictException && (before || failure is not PutException { Written: WrittenState.Nothing });

    /// <summary>Whether the last failure says all that is known; otherwise the outcome is unknown, whatever the last failure says.</summary>
    /// <param name="mayBeWritten">Whether copies may exist from the attempts before it.</param>
    /// <param name="last">How the last attempt failed.</param>
    public static bool IsTold(bool mayBeWritten, PutException last) =>
        !mayBeWritten || last is KeyConflictException || last.Written != WrittenState.Nothing;

    /// <summary>The answer that stands after another attempt.</summary>
    /// <param name="before">The one that stood; null before the first attempt.</param>
    /// <param name="later">What the attempt answered.</param>
    public static PutAnswer After(PutAnswer? before, PutAnswer later) =>
        later.Error is { } error && before?.Error is { } earlier && !IsTold(MayBeWritten(false, earlier), error) ? before : later;
}
