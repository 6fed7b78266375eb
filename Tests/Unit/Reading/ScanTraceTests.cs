using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Reading;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Reading;

/// <summary>The span of a scan.</summary>
public sealed class ScanTraceTests
{
    [Fact]
    public async Task A_scan_says_how_much_it_gave_and_that_it_came_to_its_end()
    {
        var block = TestBlocks.Form(TestBlocks.NewId(), given: false, [(EventKey.Create(60_000_000, 1, 1), "one"), (EventKey.Create(60_000_000, 1, 2), "two")]);
        await using var bench = await ScanBench.StartAsync(new FakePeer("a").Hold(block), new FakePeer("b"));
        using var spans = new RecordedSpans(AllDataTelemetry.ServerSource);
        await bench.ScanAsync();

        var scan = spans.Single("alldata.scan");
        Assert.Equal(spans.Root.SpanId, scan.ParentSpanId);
        Assert.Equal(
            ["alldata.event.count=2", "alldata.scan.doubt.count=0", "alldata.scan.ended=True", "alldata.scan.page.count=1", "alldata.scan.use=range",
                $"alldata.size={(2 * PackedEvent.Overhead) + 6}"],
            scan.TagObjects.Select(static tag => $"{tag.Key}={tag.Value}").Order(StringComparer.Ordinal));
        Assert.Same(spans.Root, System.Diagnostics.Activity.Current);
    }

    [Fact]
    public void A_scan_says_how_many_doubts_it_gave_and_that_its_reader_has_given_it_up()
    {
        using var spans = new RecordedSpans(AllDataTelemetry.ServerSource);
        var trace = ScanTrace.Begin(ScanUse.Range)!;

        trace.OnPage(new ScanPage([], 0, null, [], [FakeScan.Doubt("west-c"), FakeScan.Doubt("east-e")], isLast: false));
        trace.End();

        var scan = spans.Single("alldata.scan");
        Assert.Equal((2, false), (scan.GetTagItem("alldata.scan.doubt.count"), scan.GetTagItem("alldata.scan.ended")));
    }
}
