using AllData.Peers;
using AllData.Reading;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Reading;

public sealed class DoubtLedgerTests
{
    [Fact]
    public void Stretches_of_one_peer_that_touch_become_one()
    {
        var doubts = Gather(("a", 0, 10, "dead"), ("b", 0, 10, "dead"), ("a", 10, 20, "dead"), ("b", 15, 20, "dead"), ("a", 5, 30, "dead"));
        Assert.Equal(["a 0-30", "b 0-10", "b 15-20"], doubts);
    }

    [Fact]
    public void Different_reasons_stay_apart() =>
        Assert.Equal(["a 0-10", "a 10-20"], Gather(("a", 0, 10, "dead"), ("a", 10, 20, "damaged")));

    private static string[] Gather(params (string Peer, int From, int To, string Reason)[] doubts)
    {
        var ledger = new DoubtLedger();
        foreach (var d in doubts)
        {
            ledger.Add(new ScanDoubt(TestBlocks.Key(d.From), TestBlocks.Key(d.To), PeerId.Parse(d.Peer), d.Reason));
        }

        return [.. ledger.ToImmutable().Select(d => $"{d.Peer} {d.From.UnixMilliseconds - TestBlocks.Noon}-{d.To.UnixMilliseconds - TestBlocks.Noon}")];
    }
}
