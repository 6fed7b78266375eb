using AllData.Client.Bench;
using AllData.Client.Commands;
using AllData.Client.Connection;
using AllData.Errors;
using AllData.Events;
using AllData.Peers;
using AllData.Replication;

namespace AllData.Tests.Unit.Client;

public sealed class CommandTests
{
    private const string SomeKey = "20231114T221320000000150001";

    private readonly ClientRun _run = new();

    [Fact]
    public async Task Put_writes_the_receipt_for_people()
    {
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("put", """{"foo":"bar"}"""));
        var (key, payload) = Assert.Single(_run.Store.Events);
        Assert.Equal("""{"foo":"bar"}""", payload.ToString());
        Assert.Contains(key.ToString(), _run.Output, StringComparison.Ordinal);
        Assert.Contains("north-a (north/a)", _run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Put_writes_the_receipt_in_the_shape_of_the_http_answer()
    {
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("put", "{}", "--key", SomeKey, "--json"));
        Assert.Equal(
            $$"""{"key":"{{SomeKey}}","outcome":"stored","replicas":[{"peer":"north-a","region":"north","zone":"a"}],"pending":[],"level":"quorum","""
            + "\"adherence\":\"strict\"}",
            _run.Output.TrimEnd());
    }

    [Fact]
    public async Task What_a_receipt_says_of_regions_is_written_for_people_and_for_machines()
    {
        var outage = new RegionOutage("west", new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
        _run.Store.OnPut = (key, _) => FakeStore.Receipt(key) with { Regions = new RegionCoverage(1, 2) { Owed = [outage], FellBack = true } };
        await _run.RunAsync("put", "{}", "--key", SomeKey, "--json");
        Assert.EndsWith(
            ""","adherence":"strict","regions":{"held":1,"wanted":2},"owed":[{"region":"west","since":"2026-01-02T03:04:05+00:00"}],"fellBack":true}""",
            _run.Output.TrimEnd(),
            StringComparison.Ordinal);

        await _run.RunAsync("put", "{}");
        Assert.Contains("level      quorum (fell back: regions are cut off)", _run.Output, StringComparison.Ordinal);
        Assert.Contains("regions    1 of 2", _run.Output, StringComparison.Ordinal);
        Assert.Contains("owed       west (cut off since 2026-01-02T03:04:05Z)", _run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(PutOutcome.AlreadyStored, Adherence.Relaxed, "\"alreadyStored\"", "\"relaxed\"")]
    [InlineData(PutOutcome.Stored, Adherence.UnderReplicated, "\"stored\"", "\"underReplicated\"")]
    public async Task Outcome_and_adherence_are_written_as_words(
        PutOutcome outcome, Adherence adherence, string outcomeJson, string adherenceJson)
    {
        _run.Store.OnPut = (key, _) => FakeStore.Receipt(key, outcome, adherence);
        await _run.RunAsync("put", "{}", "--json");
        Assert.Contains($"\"outcome\":{outcomeJson}", _run.Output, StringComparison.Ordinal);
        Assert.Contains($"\"adherence\":{adherenceJson}", _run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Put_passes_its_options_on()
    {
        await _run.RunAsync("put", "{}", "--level", "one", "--min-zones", "2", "--min-regions", "3", "--deadline", "2.5", "--else", "local");
        var expected = new PutOptions
        {
            Level = CommitLevel.One,
            MinZones = 2,
            MinRegions = 3,
            Deadline = TimeSpan.FromSeconds(2.5),
            Else = CommitLevel.Local,
        };
        Assert.Equal(expected, Assert.Single(_run.Store.Options));
    }

    [Fact]
    public async Task Put_reads_the_standard_input_without_the_last_line_ending()
    {
        _run.Input = "{\n\"a\":1}\r\n"u8.ToArray();
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("put", "-"));
        Assert.Equal("{\n\"a\":1}", Assert.Single(_run.Store.Events).Value.ToString());
    }

    [Fact]
    public async Task Put_tries_again_with_the_same_key()
    {
        var keys = new List<EventKey>();
        _run.Store.OnPut = (key, payload) =>
        {
            keys.Add(key);
            return keys.Count < 3 ? throw new TimeoutException("No answer.") : _run.Store.Store(key, payload);
        };
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("put", "{}"));
        Assert.Equal((3, 1), (keys.Count, keys.Distinct().Count()));
    }

    [Fact]
    public async Task A_failed_put_says_what_is_known_and_how_to_go_on()
    {
        _run.Store.OnPut = static (key, _) =>
            throw new CommitLevelNotReachedException("One of two.", 2, [new Replica(FakeStore.Peer, default)], [], key);
        Assert.Equal(ExitCodes.Failed, await _run.RunAsync("put", "{}", "--key", SomeKey, "--json"));
        Assert.Equal($"One of two. Some copies exist. Put it again with --key {SomeKey}: that completes them.", _run.Error.Trim());
        Assert.Equal(
            $$"""{"error":"CommitLevelNotReached","message":"One of two.","key":"{{SomeKey}}","written":"someCopies"}""",
            _run.Output.Trim());
    }

    [Theory]
    [InlineData("'a' has used up its quota. Nothing was written; try again.", "'a' has used up its quota. Nothing was written; try again.")]
    [InlineData("Two peers of three.", "Two peers of three. Nothing was written.")]
    public async Task A_refused_put_says_once_that_nothing_was_written(string message, string said)
    {
        _run.Store.OnPut = (_, _) => throw new InvalidEventException(message);
        Assert.Equal(ExitCodes.Failed, await _run.RunAsync("put", "{}"));
        Assert.Equal(said, _run.Error.Trim());
    }

    [Fact]
    public async Task A_put_without_an_answer_names_the_key()
    {
        _run.Store.OnPut = (_, _) => throw new TimeoutException("No answer.");
        Assert.Equal(ExitCodes.Failed, await _run.RunAsync("put", "{}", "--key", SomeKey));
        Assert.Contains($"--key {SomeKey}", _run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_put_that_may_be_stored_is_not_told_as_not_written_because_a_later_attempt_was_refused()
    {
        var calls = 0;
        _run.Store.OnPut = (key, _) => throw (calls++ == 0 ? new TimeoutException("No answer.")
            : new OverloadedException("Busy.", TimeSpan.FromMilliseconds(10), key));
        Assert.Equal(ExitCodes.Failed, await _run.RunAsync("put", "{}", "--key", SomeKey));
        Assert.DoesNotContain("Nothing was written", _run.Error, StringComparison.Ordinal);
        Assert.Contains($"--key {SomeKey}", _run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("")]
    [InlineData("{} {}")]
    public async Task What_is_not_json_is_refused_before_the_cluster_is_asked(string text)
    {
        Assert.Equal(ExitCodes.Failed, await _run.RunAsync("put", text));
        Assert.Null(_run.Address);
    }

    [Theory]
    [InlineData]
    [InlineData("nonsense")]
    [InlineData("put")]
    [InlineData("put", "{}", "--file", "f")]
    [InlineData("put", "{}", "--batch", "9")]
    [InlineData("put", "{}", "--level", "two")]
    [InlineData("put", "{}", "--min-regions", "2", "--else", "two")]
    [InlineData("put", "{}", "--min-zones", "0")]
    [InlineData("put", "{}", "--deadline", "-1")]
    [InlineData("put", "{}", "--deadline", "NaN")]
    [InlineData("put", "{}", "--key", "k")]
    [InlineData("put", "{}", "--gateway", "nowhere")]
    [InlineData("put", "{}", "--timeout", "soon")]
    [InlineData("put", "--file", "-", "--key", SomeKey)]
    [InlineData("put", "--file", "-", "--batch", "1001")]
    [InlineData("put", "--file", "-", "--in-flight", "x")]
    [InlineData("get")]
    [InlineData("get", "k")]
    [InlineData("bench", "put", "--in-flight", "1", "--in-flight", "0")]
    [InlineData("bench", "put", "--size", "1")]
    public async Task A_wrong_command_line_is_a_usage_error(params string[] args)
    {
        Assert.Equal(ExitCodes.Usage, await _run.RunAsync(args));
        Assert.Null(_run.Address);
        Assert.Equal("", _run.Output);
        Assert.NotEqual("", _run.Error);
    }

    [Theory]
    [InlineData("put", "{}")]
    [InlineData("put", "--file", "-")]
    [InlineData("get", SomeKey)]
    [InlineData("peers")]
    [InlineData("scan")]
    [InlineData("intervals")]
    [InlineData("scrub")]
    [InlineData("export", "--out", "nowhere")]
    [InlineData("bench", "put")]
    public async Task Without_a_cluster_every_command_says_so(params string[] args)
    {
        _run.ConnectFailure = new NoClusterException("Nobody there.");
        Assert.Equal(ExitCodes.NoCluster, await _run.RunAsync(args));
        Assert.Equal(("", "Nobody there."), (_run.Output, _run.Error.Trim()));
    }

    [Fact]
    public async Task The_command_line_names_the_cluster()
    {
        await _run.RunAsync("peers", "--gateway", "a:1", "--gateway", "b:2", "--cluster-id", "c", "--service-id", "s", "--timeout", "3");
        var address = _run.Address!;
        Assert.Equal([new GatewayAddress("a", 1), new GatewayAddress("b", 2)], address.Gateways.AsEnumerable());
        Assert.Equal(("c", "s", TimeSpan.FromSeconds(3)), (address.ClusterId, address.ServiceId, address.ConnectTimeout));
    }

    [Theory]
    [InlineData("1", 15)]
    [InlineData("60", 65)]
    public async Task An_answer_is_waited_for_longer_than_the_deadline_of_the_put(string deadline, int expected)
    {
        await _run.RunAsync("put", "{}", "--deadline", deadline);
        Assert.Equal(TimeSpan.FromSeconds(expected), _run.Address!.ResponseTimeout);
    }

    [Fact]
    public async Task Get_writes_the_bytes_of_the_event()
    {
        _run.Store.Events[EventKey.Parse(SomeKey)] = EventPayload.FromText("{\"a\" : 1.0}");
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("get", SomeKey));
        Assert.Equal("{\"a\" : 1.0}\n", _run.Output);
        Assert.Contains("held by north-a", _run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_writes_json_payloads_as_json_and_others_as_base64()
    {
        _run.Store.OnGet = key => new EventReadResult(key, [Event("{\"a\":1.0}"u8), Event([0xFF])], [PeerId.Parse("west-c")]);
        Assert.Equal(ExitCodes.Failed, await _run.RunAsync("get", SomeKey, "--json"));
        var digest = new string('0', 32);
        Assert.Equal(
            $$"""{"key":"{{SomeKey}}","events":[{"payload":{"a":1.0},"digest":"{{digest}}","holders":["north-a"]},"""
            + $$"""{"payloadBase64":"/w==","digest":"{{digest}}","holders":["north-a"]}],"silent":["west-c"]}""",
            _run.Output.Trim());
    }

    [Fact]
    public async Task Get_shows_all_events_of_a_conflict()
    {
        _run.Store.OnGet = key => new EventReadResult(key, [Event("1"u8), Event("2"u8)], []);
        Assert.Equal(ExitCodes.Failed, await _run.RunAsync("get", SomeKey));
        Assert.Equal("1\n2\n", _run.Output);
        Assert.Contains("Conflict: 2 different events", _run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_names_the_silent_peers_that_may_hold_another_event()
    {
        _run.Store.OnGet = key => new EventReadResult(key, [Event("1"u8)], [PeerId.Parse("west-c")]);
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("get", SomeKey));
        Assert.Contains("No answer from west-c: whether another event stands", _run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_names_the_silent_peers_when_it_finds_nothing()
    {
        _run.Store.OnGet = static key => new EventReadResult(key, [], [PeerId.Parse("west-c"), PeerId.Parse("west-d")]);
        Assert.Equal(ExitCodes.Failed, await _run.RunAsync("get", SomeKey));
        Assert.Contains("No answer from west-c, west-d", _run.Error, StringComparison.Ordinal);
        Assert.Equal("", _run.Output);
    }

    [Fact]
    public async Task Get_says_when_there_may_be_peers_that_were_not_asked()
    {
        _run.Store.OnGet = static key => new EventReadResult(key, [], []) { Doubt = "The registry did not answer." };
        Assert.Equal(ExitCodes.Failed, await _run.RunAsync("get", SomeKey));
        Assert.Contains("The registry did not answer.", _run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("All registered peers answered", _run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Peers_are_listed_by_location_with_their_status()
    {
        _run.Store.Peers = [Peer("west-c", "west", PeerStatus.ReadOnly, false), Peer("north-a", "north", PeerStatus.Active, true)];
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("peers"));
        var lines = _run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Assert.Matches("^north +z +north-a +active +http://h:1$", lines[^2]);
        Assert.Matches("^west +z +west-c +dead \\(read-only\\) +http://h:1$", lines[^1]);
    }

    [Fact]
    public async Task Peers_are_written_as_json()
    {
        _run.Store.Peers = [Peer("north-a", "north", PeerStatus.ReadOnly, true)];
        await _run.RunAsync("peers", "--json");
        Assert.Equal(
            """[{"peer":"north-a","region":"north","zone":"z","status":"readOnly","alive":true,"stores":true,"""
            + "\"ordinal\":1,\"endpoint\":\"http://h:1\"}]",
            _run.Output.Trim());
    }

    [Fact]
    public async Task A_put_only_peer_is_listed_with_its_address()
    {
        var old = Peer("old-1", "west", PeerStatus.Active, true);
        _run.Store.Peers = [old with { Peer = old.Peer with { Stores = false, Client = "alldata-http", Address = "http://10.0.0.9:8080/" } }];
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("peers"));
        Assert.Matches("west +z +old-1 +active, put-only +http://10.0.0.9:8080/$", _run.Output.TrimEnd());
        await _run.RunAsync("peers", "--json");
        Assert.Contains(""" "client":"alldata-http","address":"http://10.0.0.9:8080/" """.Trim(), _run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_put_only_peer_is_registered()
    {
        Assert.Equal(
            ExitCodes.Done, await _run.RunAsync("peers", "add", "old-1", "--address", "http://10.0.0.9:8080/", "--region", "west", "--zone", "c"));
        Assert.Equal("old-1 (west/c) is registered with ordinal 9, reached at http://10.0.0.9:8080/ through alldata-http.", _run.Output.Trim());

        Assert.Equal(ExitCodes.Usage, await _run.RunAsync("peers", "add", "Old", "--address", "http://10.0.0.9:8080/", "--region", "west", "--zone", "c"));
        Assert.Equal(ExitCodes.Usage, await _run.RunAsync("peers", "add", "old-1", "--region", "west", "--zone", "c"));
        Assert.Equal(ExitCodes.Usage, await _run.RunAsync("peers", "add", "old-1", "--address", "x", "--region", "", "--zone", "c"));
    }

    private static StoredEvent Event(ReadOnlySpan<byte> payload) =>
        new(EventPayload.FromBytes(payload.ToArray()), default, [FakeStore.Peer]);

    private static PeerView Peer(string name, string region, PeerStatus status, bool alive) =>
        new(new PeerDescriptor(PeerId.Parse(name), new PeerLocation(region, "z"), status, true, 1, default, "http://h:1"), alive);
}
