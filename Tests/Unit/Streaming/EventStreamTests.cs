using AllData.Events;
using AllData.Hosting;
using AllData.Reading;
using AllData.Replication;
using AllData.Streaming;
using AllData.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Newtonsoft.Json;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Serialization;
using Orleans.Streams;

namespace AllData.Tests.Unit.Streaming;

/// <summary>Tokens and deliveries of the stream of a store.</summary>
public sealed class EventStreamTests
{
    [Fact]
    public void Tokens_have_the_order_of_the_keys()
    {
        EventKey[] keys = [default, FakeScan.Key(0), FakeScan.Key(0, 1), FakeScan.Key(1), EventKey.MaxValue];
        var tokens = keys.Select(static key => new EventPositionToken(key)).ToArray();

        Assert.Equal(
            tokens, Enumerable.Reverse(tokens).Order(Comparer<EventPositionToken>.Create(static (one, other) => one.CompareTo(other))));
        Assert.Equal(keys, tokens.Select(static t => t.Position));
        Assert.True(tokens[1].Older(tokens[2]) && tokens[3].Newer(tokens[2]));
        Assert.Equal(new EventPositionToken(FakeScan.Key(1)), tokens[3]);
        Assert.Equal(FakeScan.Key(1), EventPositionToken.From(FakeScan.Key(1)).Position.GetSuccessor());
        Assert.Equal(EventPositionToken.Beginning, EventPositionToken.From(default));
        Assert.Throws<ArgumentException>(() => tokens[1].CompareTo(new Orleans.Providers.Streams.Common.EventSequenceTokenV2(1)));
    }

    [Fact]
    public void A_token_is_the_same_after_it_was_kept_or_sent()
    {
        using var services = new ServiceCollection().AddSerializer().BuildServiceProvider();
        var serializer = services.GetRequiredService<Serializer>();
        var token = new EventPositionToken(FakeScan.Key(7, 3));

        Assert.Equal(token, serializer.Deserialize<StreamSequenceToken>(serializer.SerializeToArray<StreamSequenceToken>(token)));
        Assert.Equal(token, JsonConvert.DeserializeObject<EventPositionToken>(JsonConvert.SerializeObject(token)));
        var delivery = new EventDelivery(AllDataStreams.AllEvents, PageOf(3), FakeScan.Key(2));
        var sent = serializer.Deserialize<IBatchContainer>(serializer.SerializeToArray<IBatchContainer>(delivery))!;
        Assert.Equal((delivery.SequenceToken, AllDataStreams.AllEvents), (sent.SequenceToken, sent.StreamId));
        Assert.Equal(3, sent.GetEvents<ScannedEvent>().Count());
    }

    [Fact]
    public void A_delivery_gives_events_and_says_so_where_another_type_is_wanted()
    {
        var delivery = new EventDelivery(AllDataStreams.AllEvents, PageOf(2), FakeScan.Key(1));

        Assert.Equal(["0", "1"], delivery.GetEvents<ScannedEvent>().Select(static e => System.Text.Encoding.UTF8.GetString(e.Item1.Payload.Span)));
        Assert.Equal([FakeScan.Key(0), FakeScan.Key(1)], delivery.GetEvents<ScannedEvent>().Select(static e => e.Item1.Key));
        var refusal = Assert.Throws<InvalidCastException>(() => delivery.GetEvents<string>().ToList());
        Assert.Contains("not of type String", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(new EventDelivery(AllDataStreams.AllEvents, null, FakeScan.Key(1)).GetEvents<ScannedEvent>());
    }

    [Fact]
    public void After_the_first_of_two_events_under_one_key_a_subscriber_goes_on_with_the_second()
    {
        var page = FakeScan.PageOf([(FakeScan.Key(1), [1]), (FakeScan.Key(2), [1]), (FakeScan.Key(2), [2])], [FakeScan.Key(2)], [], isLast: false);
        var tokens = new EventDelivery(AllDataStreams.AllEvents, page, FakeScan.Key(2)).GetEvents<ScannedEvent>()
            .Select(static e => ((EventPositionToken)e.Item2).Position).ToList();

        Assert.Equal(FakeScan.Key(1), tokens[0]);
        Assert.Equal(FakeScan.Key(2), tokens[1].GetSuccessor());
        Assert.Equal(FakeScan.Key(2), tokens[2]);
    }

    [Fact]
    public void A_page_is_cut_into_deliveries_once_for_all_and_nothing_of_it_is_lost_or_doubled()
    {
        var page = PageOf(1_000);
        var deliveries = EventSlices.Of(page, AllDataStreams.AllEvents);

        Assert.Equal(4, deliveries.Length);
        Assert.Equal(page.Unpack().Select(static e => e.Key), deliveries.SelectMany(static d => d.GetEvents<ScannedEvent>()).Select(static e => e.Item1.Key));
        Assert.Equal(FakeScan.Key(999), deliveries[^1].Position);
        Assert.All(deliveries, static d => Assert.Equal(d.GetEvents<ScannedEvent>().Last().Item2, d.SequenceToken));
        Assert.Equal(deliveries, EventSlices.Of(page, AllDataStreams.AllEvents));
        Assert.Single(EventSlices.Of(PageOf(5), AllDataStreams.AllEvents));
    }

    [Fact]
    public void Events_under_one_key_are_in_one_delivery()
    {
        var page = FakeScan.PageOf(
            [
                .. Enumerable.Range(0, 255).Select(static n => (FakeScan.Key(n), new byte[] { 1 })),
                .. Enumerable.Range(0, 9).Select(static n => (FakeScan.Key(500), new[] { (byte)n })),
            ],
            [FakeScan.Key(500)], [], isLast: false);

        Assert.Equal([264], EventSlices.Of(page, AllDataStreams.AllEvents).Select(static d => d.GetEvents<ScannedEvent>().Count()));
    }

    [Fact]
    public void A_late_event_is_delivered_where_it_arrived()
    {
        EventKey[] arrivals = [.. Enumerable.Range(0, 300).Select(static n => FakeScan.Key(1_000 + (n / 3)))];
        var deliveries = EventSlices.Of(PageOf(300).ArrivedAt(arrivals), AllDataStreams.AllEvents);
        var events = deliveries.SelectMany(static d => d.GetEvents<ScannedEvent>()).ToList();

        Assert.Equal([258, 42], deliveries.Select(static d => d.GetEvents<ScannedEvent>().Count()));
        Assert.Equal([FakeScan.Key(1_085), FakeScan.Key(1_099)], deliveries.Select(static d => d.Position));
        Assert.Equal(Enumerable.Range(0, 300).Select(static n => FakeScan.Key(n)), events.Select(static e => e.Item1.Key));
        Assert.Equal(arrivals, events.Select(static e => e.Item1.LateAt!.Value));

        // Not behind the position before all events that arrived there are given.
        EventKey[] after = [FakeScan.Key(1_000).GetPredecessor(), FakeScan.Key(1_000).GetPredecessor(), FakeScan.Key(1_000)];
        Assert.Equal(after, events[..3].Select(static e => ((EventPositionToken)e.Item2).Position));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a.b")]
    [InlineData("a123456789012345678901234567890")]
    public void A_provider_that_could_not_keep_its_position_is_refused(string name) =>
        Assert.Throws<ArgumentException>(() => AllDataStreams.RefuseName(name));

    [Fact]
    public void A_stream_is_of_all_events_or_of_a_topic()
    {
        Assert.True(AllDataStreams.TryRead(AllDataStreams.AllEvents, out var none));
        Assert.Null(none);
        Assert.True(AllDataStreams.TryRead(AllDataStreams.EventsOf(Topic.Parse("all")), out var topic));
        Assert.Equal(Topic.Parse("all"), topic);
        Assert.False(AllDataStreams.TryRead(StreamId.Create(AllDataStreams.Namespace, "other"), out _));
        Assert.False(AllDataStreams.TryRead(StreamId.Create(AllDataStreams.TopicsNamespace, "a b"), out _));
        Assert.False(AllDataStreams.TryRead(StreamId.Create("all", "all"), out _));
    }

    [Fact]
    public void Silos_that_were_told_of_different_topics_agree_where_the_streams_of_both_lie()
    {
        var (few, more) = (new EventStreamMapper("Store", Topics("b")), new EventStreamMapper("Store", Topics("a", "b", "c", "b")));

        Assert.Equal(2, few.GetAllQueues().Count());
        Assert.Equal(4, more.GetAllQueues().Distinct().Count());
        Assert.Subset(more.GetAllQueues().ToHashSet(), few.GetAllQueues().ToHashSet());
        Assert.All(more.GetAllQueues(), queue => Assert.Equal(queue, more.GetQueueForStream(more.StreamOf(queue))));
        Assert.Equal(AllDataStreams.EventsOf(Topic.Parse("b")), few.StreamOf(more.GetQueueForStream(AllDataStreams.EventsOf(Topic.Parse("b")))));
        Assert.Contains("no stream", Assert.Throws<ArgumentException>(() => few.GetQueueForStream(AllDataStreams.EventsOf(Topic.Parse("a")))).Message);
    }

    [Fact]
    public void Each_queue_lies_in_one_part_of_the_ring()
    {
        var mapper = new EventStreamMapper("Store", Topics("a", "b", "c"));
        IRingRange[] parts = [RangeFactory.CreateRange(0, uint.MaxValue / 2), RangeFactory.CreateRange(uint.MaxValue / 2, 0)];

        Assert.Equal(mapper.GetAllQueues().Order(), parts.SelectMany(mapper.GetQueuesForRange).Order());
    }

    [Fact]
    public void More_topics_than_a_provider_takes_are_refused() => Assert.Throws<ArgumentException>(
        () => new EventStreamMapper("Store", Topics([.. Enumerable.Range(0, AllDataStreams.MaxTopics + 1).Select(static n => $"t{n}")])));

    [Fact]
    public void Each_queue_keeps_its_position_under_a_name_of_its_own()
    {
        var provider = new string('p', 30);
        string[] topics = ["a", "a.b", new('t', 64), new('t', 63), new('u', 64)];
        var names = topics.Select(topic => QueuePosition.ConsumerOf(provider, Topic.Parse(topic)).Value).Append(QueuePosition.ConsumerOf(provider, null).Value);

        Assert.Equal(topics.Length + 1, names.Distinct().Count());
        Assert.Equal("orleans-stream.Store", QueuePosition.ConsumerOf("Store", null).Value);
        Assert.Equal("orleans-stream.Store.orders", QueuePosition.ConsumerOf("Store", Topic.Parse("orders")).Value);
    }

    [Fact]
    public void An_event_whose_payload_cannot_be_read_is_given_with_the_reason()
    {
        var page = FakeScan.PageOf([(FakeScan.Key(1), [])], [], [], isLast: false, unreadable: new HashSet<EventKey> { FakeScan.Key(1) });
        var delivery = new EventDelivery(AllDataStreams.AllEvents, page, FakeScan.Key(1));

        Assert.Equal(PayloadFault.KeyMissing, Assert.Single(delivery.GetEvents<ScannedEvent>()).Item1.Unreadable?.Fault);
    }

    // Of several deliveries at once, those before one that a subscriber refuses would be taken as given.
    [Fact]
    public void A_provider_whose_deliveries_are_gathered_is_refused()
    {
        using var host = new HostBuilder().UseOrleans(static silo => silo.UseLocalhostClustering().AddAllDataStreams(
            "Store", configure: static streams => streams.ConfigurePullingAgent(
                static agent => agent.Configure(static options => options.BatchContainerBatchSize = 2)))).Build();

        var refusal = Assert.Throws<OptionsValidationException>(
            () => host.Services.GetRequiredService<IOptionsMonitor<StreamPullingAgentOptions>>().Get("Store"));
        Assert.Contains("is 1", refusal.Message, StringComparison.Ordinal);
    }

    private static Topic[] Topics(params string[] names) => [.. names.Select(Topic.Parse)];

    private static ScanPage PageOf(int count) => FakeScan.PageOf(
        [.. Enumerable.Range(0, count).Select(static n => (FakeScan.Key(n), System.Text.Encoding.UTF8.GetBytes($"{n}")))], [], [], isLast: false);
}
