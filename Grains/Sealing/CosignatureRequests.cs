using AllData.Peers;

namespace AllData.Sealing;

/// <summary>
/// Asks cosigners for their signatures: no more than are needed, because each reads the whole interval; another one for each that does not sign; and all
/// that are left once it takes long.
/// </summary>
internal sealed class CosignatureRequests : IDisposable
{
    private readonly CancellationTokenSource _ended = new();
    private readonly List<Task<(PeerId Peer, CosignReply Reply)>> _inFlight = [];
    private readonly Func<PeerId, Task<(PeerId Peer, CosignReply Reply)>> _ask;
    private readonly Queue<PeerId> _rest;
    private readonly Task _long;

    /// <param name="order">The cosigners, those first that are asked first.</param>
    /// <param name="ask">Asks one; it does not fail.</param>
    /// <param name="hedge">After which time all are asked.</param>
    /// <param name="time">The clock.</param>
    public CosignatureRequests(
        IEnumerable<PeerId> order, Func<PeerId, Task<(PeerId Peer, CosignReply Reply)>> ask, TimeSpan hedge, TimeProvider time)
    {
        (_rest, _ask) = (new Queue<PeerId>(order), ask);
        _long = Task.Delay(hedge, time, _ended.Token);
    }

    /// <summary>The next answer; null where all have answered.</summary>
    /// <param name="needed">How many more have to sign.</param>
    public async Task<(PeerId Peer, CosignReply Reply)?> NextAsync(int needed)
    {
        while (true)
        {
            // Looked at once: it may come to be long between two looks, and then those that are left would never be asked.
            var isLong = _long.IsCompleted;
            Ask(isLong ? _rest.Count : Math.Max(needed - _inFlight.Count, _inFlight.Count == 0 ? 1 : 0));
            if (_inFlight.Count == 0)
            {
                return null;
            }

            var answered = await Task.WhenAny(isLong ? _inFlight : _inFlight.Append(_long));
            if (answered is Task<(PeerId Peer, CosignReply Reply)> reply)
            {
                _inFlight.Remove(reply);
                return await reply;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ended.Cancel();
        _ended.Dispose();
    }

    private void Ask(int count)
    {
        for (; count > 0 && _rest.TryDequeue(out var peer); count--)
        {
            _inFlight.Add(_ask(peer));
        }
    }
}
