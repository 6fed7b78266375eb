using System.Collections.Frozen;
using System.Collections.Immutable;
using AllData.Certificates;
using AllData.Intervals;
using AllData.Peers;
using AllData.Replicas;

namespace AllData.Silo.Http.Console;

/// <summary>Asks the silos of the cluster, a round after the other, each in its turn.</summary>
internal sealed class ConsoleRounds(IConsoleStore store, TimeProvider time)
{
    /// <summary>Silos that are asked in a round, at most: in a cluster of 2,500, each every tenth round.</summary>
    public const int MaxQuestions = 256;

    /// <summary>How long an answer is waited for. Without one the peer is silent, and is asked again when its call has ended.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    // Intervals close once in minutes; describing them reads the disk where a silo has many.
    private const double IntervalSeconds = 5;
    private const double ViewSeconds = 2;
    private const double Smoothing = 0.3;

    private readonly Dictionary<PeerId, SiloAnswer> _answers = [];
    private readonly Dictionary<PeerId, Task<PeerFigures>> _outstanding = [];
    private readonly Dictionary<PeerId, double> _asked = [];
    private readonly long _began = time.GetTimestamp();
    private FrozenDictionary<PeerId, PeerView> _views = FrozenDictionary<PeerId, PeerView>.Empty;
    private Task<ImmutableArray<PeerView>>? _asksViews;
    private double _viewsAsked = double.MinValue;
    private FrozenDictionary<Interval, CertifiedInterval> _sealed = FrozenDictionary<Interval, CertifiedInterval>.Empty;
    private Task<ImmutableArray<CertifiedInterval>>? _asksSealed;
    private double _sealedAsked = double.MinValue;

    private double Now => time.GetElapsedTime(_began).TotalSeconds;

    /// <summary>Asks those whose turn it is, and says what is known then.</summary>
    public async Task<ClusterFacts> AskAsync()
    {
        var topology = store.Topology;
        Forget(topology);
        TakeViews();
        TakeSealed();
        PeerId[] due =
        [
            .. topology.Askable.Select(static p => p.Id).OrderBy(p => _asked.GetValueOrDefault(p, double.MinValue)).Take(MaxQuestions),
        ];
        PeerId[] begun = [.. due.Where(Begin)];
        var ends = (await Task.WhenAll(begun.Select(WaitAsync))).Zip(begun).ToDictionary(static e => e.Second, static e => e.First);
        foreach (var peer in due)
        {
            _answers[peer] = Take(peer, _answers.GetValueOrDefault(peer) ?? SiloAnswer.None, ends.GetValueOrDefault(peer, Now));
        }

        return new ClusterFacts(time.GetUtcNow(), Now, store.Topology, _answers.ToFrozenDictionary(), _views) { Sealed = _sealed };
    }

    /// <summary>Asks a peer, unless an earlier question to it is still open: that one is not waited for any more, only looked at.</summary>
    private bool Begin(PeerId peer)
    {
        if (_outstanding.ContainsKey(peer))
        {
            return false;
        }

        var known = _answers.GetValueOrDefault(peer) ?? SiloAnswer.None;
        var intervals = known.WithIntervals is null || Now - known.IntervalsAt >= IntervalSeconds ? IntervalStrip.MaxRows : 0;
        (_asked[peer], _outstanding[peer]) = (Now, AskAsync(peer, intervals));
        return true;
    }

    // What is thrown before the first await of a call is no reason to end a round.
    private async Task<PeerFigures> AskAsync(PeerId peer, int intervals) => await store.GetFiguresAsync(peer, intervals);

    private async Task<double> WaitAsync(PeerId peer)
    {
        await ((Task)_outstanding[peer]).WaitAsync(Patience, time)
            .ConfigureAwait(ConfigureAwaitOptions.ContinueOnCapturedContext | ConfigureAwaitOptions.SuppressThrowing);
        return Now;
    }

    private SiloAnswer Take(PeerId peer, SiloAnswer known, double ended)
    {
        var call = _outstanding[peer];
        if (!call.IsCompleted)
        {
            return known with { Silence = $"It has been silent for more than {Patience.TotalSeconds:0} s.", Rounds = known.Rounds + 1 };
        }

        _outstanding.Remove(peer);
        if (!call.IsCompletedSuccessfully)
        {
            var failure = call.Exception?.InnerException ?? new TimeoutException("The question was given up.");
            return known with { Silence = FailureText.SentenceOf(failure), Rounds = known.Rounds + 1 };
        }

        var figures = call.Result;
        return new SiloAnswer(figures, null, 0, Smooth(known, ended - _asked[peer]))
        {
            At = Now,
            WithIntervals = figures.HasIntervals ? figures : known.WithIntervals,
            IntervalsAt = figures.HasIntervals ? Now : known.IntervalsAt,
        };
    }

    // One late answer is no slow peer.
    private static TimeSpan Smooth(SiloAnswer known, double seconds) =>
        TimeSpan.FromSeconds((known.Took.TotalSeconds * (1 - Smoothing)) + (seconds * Smoothing));

    private void Forget(ConsoleTopology topology)
    {
        var registered = topology.Own.Peers.Select(static p => p.Id).ToHashSet();
        foreach (var gone in _answers.Keys.Where(p => !registered.Contains(p)).ToList())
        {
            _answers.Remove(gone);
            _asked.Remove(gone);
            _outstanding.Remove(gone);
        }
    }

    private async Task<ImmutableArray<PeerView>> AskViewsAsync() => await store.GetViewsAsync();

    // The registry is asked beside the round: while it moves to another silo, it does not answer, and what it says is old soon enough.
    private void TakeViews()
    {
        if (_asksViews is { IsCompleted: true } ended)
        {
            _views = ended.IsCompletedSuccessfully ? ended.Result.ToFrozenDictionary(static v => v.Peer.Id) : _views;
            _asksViews = null;
        }

        if (_asksViews is null && Now - _viewsAsked >= ViewSeconds)
        {
            (_viewsAsked, _asksViews) = (Now, AskViewsAsync());
        }
    }

    private async Task<ImmutableArray<CertifiedInterval>> AskSealedAsync(Interval from) => await store.GetSealedAsync(from, IntervalStrip.MaxRows);

    // A peer that keeps no log of certificates, or cannot read it, shows intervals without them; what it said before is kept, since nothing is unsealed.
    private void TakeSealed()
    {
        if (_asksSealed is { IsCompleted: true } ended)
        {
            _sealed = ended.IsCompletedSuccessfully ? ended.Result.ToFrozenDictionary(static c => c.Interval) : _sealed;
            _asksSealed = null;
        }

        if (_asksSealed is null && Now - _sealedAsked >= IntervalSeconds && IntervalStrip.FirstOf(_answers.Values) is { } first)
        {
            (_sealedAsked, _asksSealed) = (Now, AskSealedAsync(first));
        }
    }
}
