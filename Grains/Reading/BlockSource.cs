using AllData.Peers;
using AllData.Remote;
using AllData.Replication;

namespace AllData.Reading;

/// <summary>A peer could not continue to give blocks.</summary>
internal sealed class SourceFailedException(PeerId peer, Exception cause) : Exception(cause.Message, cause)
{
    public PeerId Peer { get; } = peer;
}

/// <summary>The pages of one peer in a segment; the next one is in flight while one is being merged.</summary>
internal sealed class BlockSource
{
    private readonly IReplica _replica;
    private BlockRange _range;
    private Task<BlockPage>? _coming;

    /// <summary>Asks for the first page.</summary>
    public BlockSource(IReplicas replicas, PeerId peer, int peerIndex, BlockRange range)
    {
        _replica = replicas.Of(peer);
        _range = range;
        Peer = peer;
        PeerIndex = peerIndex;
        _coming = Ask();
    }

    public PeerId Peer { get; }

    /// <summary>Its index in the topology of the scan's window.</summary>
    public int PeerIndex { get; }

    /// <summary>Whether every page was taken.</summary>
    public bool IsEnded => _coming is null;

    /// <summary>The next page.</summary>
    /// <exception cref="SourceFailedException">The peer did not answer.</exception>
    public async Task<BlockPage> TakeAsync()
    {
        try
        {
            var page = await _coming!;
            if (page.Next is { } next)
            {
                _range = _range with { After = next };
                _coming = Ask();
            }
            else
            {
                _coming = null;
            }

            return page;
        }
        catch (Exception e)
        {
            throw new SourceFailedException(Peer, e);
        }
    }

    /// <summary>Drops a requested page that is no longer needed.</summary>
    public void Abandon() => _coming?.Ignore();

    private Task<BlockPage> Ask() => _replica.ReadPageAsync(_range, CancellationToken.None);
}
