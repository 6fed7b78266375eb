using AllData.Tests.Support;

namespace AllData.Tests.Unit.Repair;

/// <summary>The spans of repair.</summary>
public sealed class RepairTraceTests : IDisposable
{
    private readonly RepairBench _bench = new("north/a", "north/b", "west/c");
    private readonly RecordedSpans _spans = new(AllDataTelemetry.ServerSource);

    public void Dispose() => _spans.Dispose();

    [Fact]
    public async Task A_pass_has_a_span_for_each_peer_that_says_what_was_fetched_or_why_nothing_was()
    {
        _bench[2].Hold(_bench.Blocks(7, RepairBench.Past, 1, 2, 3));
        _bench[3].Before = static _ => throw new IOException("The connection is gone.");

        await _bench.Reconciler.RunRoundAsync(CancellationToken.None);

        var pass = _spans.Single("alldata.repair.pass");
        Assert.Equal(("p1", _spans.Root.SpanId), (pass.GetTagItem("alldata.peer.id"), pass.ParentSpanId));
        Assert.Equal(false, pass.GetTagItem("alldata.repair.more"));
        var peers = _spans.Of("alldata.repair.compare");
        Assert.Equal(["p2", "p3"], peers.Select(static p => p.GetTagItem("alldata.peer.id")));
        Assert.All(peers, p => Assert.Equal(pass.SpanId, p.ParentSpanId));
        Assert.Equal((7, null), (peers[0].GetTagItem("alldata.block.count"), peers[0].GetTagItem("error.type")));
        Assert.Equal((null, "System.IO.IOException"), (peers[1].GetTagItem("alldata.block.count"), peers[1].GetTagItem("error.type")));
    }
}
