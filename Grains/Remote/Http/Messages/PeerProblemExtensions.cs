using AllData.Errors;
using AllData.Peers;
using Orleans.Runtime;

namespace AllData.Remote.Http.Messages;

/// <summary>
/// What a failure is called on the way, and which exception it is at the other end: of the same kind, or one that tells the same of the peer.
/// </summary>
internal static class PeerProblemExtensions
{
    private static readonly TimeSpan UsualRetry = TimeSpan.FromMilliseconds(100);

    /// <summary>The refusal that a call's failure is.</summary>
    public static PeerProblem ToProblem(this Exception failure) => failure switch
    {
        PeerProtocolException => new(PeerProblemKind.Malformed, failure.Message),
        PeerNotHostedException => new(PeerProblemKind.NotHosted, failure.Message),
        QuestionTooLargeException e => new(PeerProblemKind.QuestionTooLarge, e.Message) { Limit = e.Limit, Count = e.Count },
        KeysUnavailableException e => new(PeerProblemKind.KeysUnavailable, e.Message) { RetryAfter = e.RetryAfter },
        OverloadedException e => new(PeerProblemKind.Overloaded, e.Message) { RetryAfter = e.RetryAfter },
        OtherStoreException e => new(PeerProblemKind.OtherStore, e.Message) { Expected = e.Expected, Actual = e.Actual },
        ClusterDroppedException e => new(PeerProblemKind.ClusterDropped, e.Message) { DocumentVersion = e.DocumentVersion },
        ReplicaStoreException => new(PeerProblemKind.StoreFailed, failure.Message),
        InvalidValueException => new(PeerProblemKind.InvalidValue, failure.Message),
        TimeoutException => new(PeerProblemKind.Silent, failure.Message),
        OrleansException or IOException => new(PeerProblemKind.Unreachable, failure.Message),
        _ => new(PeerProblemKind.Failed, FailureText.SentenceOf(failure)),
    };

    /// <summary>The failure that a refusal is for the caller.</summary>
    /// <param name="problem">The refusal.</param>
    /// <param name="target">What was called.</param>
    /// <param name="place">Where it was called, for the sentence.</param>
    public static Exception ToException(this PeerProblem problem, PeerTarget target, string place)
    {
        var sentence = $"{target.Name} at {place}: {problem.Detail}";
        return Kinds.TryGetValue(problem.Kind, out var create) ? create(problem, target.Peer, sentence) : new PeerProtocolException(sentence);
    }

    private static readonly Dictionary<PeerProblemKind, Func<PeerProblem, PeerId, string, Exception>> Kinds = new()
    {
        [PeerProblemKind.NotHosted] = static (_, peer, _) => new PeerNotHostedException(peer),
        [PeerProblemKind.QuestionTooLarge] = static (problem, _, sentence) => new QuestionTooLargeException(sentence, problem.Limit, problem.Count),
        [PeerProblemKind.KeysUnavailable] = static (problem, _, sentence) => new KeysUnavailableException(sentence) { RetryAfter = problem.RetryAfter },
        [PeerProblemKind.Overloaded] = static (problem, _, sentence) => new OverloadedException(sentence, problem.RetryAfter ?? UsualRetry),
        [PeerProblemKind.OtherStore] = static (problem, _, sentence) => new OtherStoreException(sentence, problem.Expected, problem.Actual),
        [PeerProblemKind.ClusterDropped] = static (problem, _, sentence) => new ClusterDroppedException(sentence, problem.DocumentVersion),
        [PeerProblemKind.StoreFailed] = static (_, _, sentence) => new ReplicaStoreException(sentence),
        [PeerProblemKind.InvalidValue] = static (_, _, sentence) => new InvalidValueException(sentence),
        [PeerProblemKind.Silent] = static (_, _, sentence) => new TimeoutException(sentence),
        [PeerProblemKind.Failed] = static (_, _, sentence) => new UnexpectedFailureException(sentence),
        [PeerProblemKind.UnknownCall] = static (_, _, sentence) => new PeerProtocolException(sentence) { IsUnknownCall = true },

        // None of these is a word of the peer, and another endpoint may do better.
        [PeerProblemKind.Unreachable] = static (_, _, sentence) => new IOException(sentence),
        [PeerProblemKind.NotReady] = static (_, _, sentence) => new IOException(sentence),
        [PeerProblemKind.TooSlow] = static (_, _, sentence) => new IOException(sentence),
    };
}
