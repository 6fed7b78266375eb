using AllData.Remote.Http.Messages;

namespace AllData.Remote.Http.Serving;

/// <summary>A call that may be read and answered; it has a place and room until it is disposed of, when its answer has been sent.</summary>
/// <param name="answer">Answers the question.</param>
/// <param name="share">Its place and room.</param>
/// <param name="length">Bytes of the question.</param>
/// <param name="maxBytes">Bytes of the answer, at most.</param>
internal sealed class AdmittedCall(
    Func<PeerMessage, CancellationToken, Task<PeerMessage>> answer, PeerTraffic.Share share, long length, long maxBytes) : IDisposable
{
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(200);

    /// <summary>Bytes of the question.</summary>
    public long Length => length;

    /// <summary>Answers the question; what fails is a refusal.</summary>
    /// <exception cref="OperationCanceledException">The caller has gone.</exception>
    public async Task<PeerAnswer> AnswerAsync(PeerMessage question, CancellationToken cancellationToken)
    {
        try
        {
            var message = await answer(question, cancellationToken);
            return message.Length > maxBytes ? PeerAnswer.Refuse(new PeerProblem(
                    PeerProblemKind.Failed, $"The answer has {message.Length} bytes, more than a message may have ({maxBytes}). Ask for less."))
                : share.TryGrow(message.Length) ? PeerAnswer.Of(message)
                : PeerAnswer.Refuse(new PeerProblem(PeerProblemKind.Overloaded, "Too many bytes of answers are in flight.") { RetryAfter = Retry });
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            return PeerAnswer.Refuse(e.ToProblem());
        }
    }

    /// <inheritdoc/>
    public void Dispose() => share.Dispose();
}
