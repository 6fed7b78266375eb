using AllData.Remote.Http.Messages;

namespace AllData.Remote.Http.Serving;

/// <summary>A request before its body is read, whatever listens for it.</summary>
/// <param name="Method">The HTTP method.</param>
/// <param name="Path">The path, decoded.</param>
/// <param name="Store">The header with the store; null when there is none.</param>
/// <param name="Length">The announced bytes of the body; null when they are not announced.</param>
/// <param name="HeaderBytes">Bytes of all headers.</param>
internal readonly record struct PeerRequest(string Method, string Path, string? Store, long? Length, long HeaderBytes);

/// <summary>What is answered: a message, or a refusal.</summary>
/// <param name="Message">The message; null when it is a refusal.</param>
/// <param name="Problem">The refusal; null when it is a message.</param>
internal readonly record struct PeerAnswer(PeerMessage? Message, PeerProblem? Problem)
{
    /// <summary>A refusal.</summary>
    public static PeerAnswer Refuse(PeerProblem problem) => new(null, problem);

    /// <summary>An answer.</summary>
    public static PeerAnswer Of(PeerMessage message) => new(message, null);
}
