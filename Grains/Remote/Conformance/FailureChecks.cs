using static AllData.Remote.Conformance.BrokenPromiseException;

namespace AllData.Remote.Conformance;

/// <summary>What a client says of peers that do not answer: a wrong word would replace a peer that works, or wait for one that does not.</summary>
internal sealed class FailureChecks(PeerClientSubject subject, SampleBlocks blocks)
{
    public IEnumerable<(string Promise, Func<Task> Check)> All()
    {
        if (subject.SilentAddress is { } silent)
        {
            yield return ("A silent peer is found silent at the deadline", () => ThrowUnlessAsync<TimeoutException>("Ping", At(silent).PingAsync));
        }

        if (subject.UnreachableAddress is { } unreachable)
        {
            yield return ("A peer that is not there is found unreachable", () => ThrowUnlessAsync<IOException>("Ping", At(unreachable).PingAsync));
            yield return ("A block to a peer that is not there is not stored",
                () => ThrowUnlessAsync<IOException>("Append", () => At(unreachable).AppendAsync(blocks.Next().Bytes)));
        }
    }

    private IReplica At(string address) => subject.Client.Connect(subject.Peer, address);
}
