using System.Text.Json;
using AllData.Client.Commands;
using AllData.Client.Departure;
using AllData.Errors;
using AllData.Federation;
using AllData.Peers;
using AllData.Reports;
using AllData.Tests.Support;
using AllData.Tests.Unit.Federation;

namespace AllData.Tests.Unit.Client;

/// <summary><c>alldata region drop</c>.</summary>
public sealed class RegionTests : IDisposable
{
    private static readonly PeerId WestA = PeerId.Parse("west-a");
    private static readonly PeerId WestB = PeerId.Parse("west-b");

    private readonly TemporaryDirectory _directory = new();
    private readonly ClientRun _run = new();
    private readonly Queue<RegionCheck> _counts = new();
    private readonly string _file;

    public RegionTests()
    {
        _file = Path.Combine(_directory.Path, "federation.json");
        File.WriteAllBytes(_file, FederationJson.Write(FederationSample.Document()));
        _run.Store.OnRegion = Count;
    }

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_region_of_which_nothing_would_be_lost_is_marked_in_the_document_after_a_second_count()
    {
        _counts.Enqueue(Check());
        _counts.Enqueue(Check());

        Assert.Equal(ExitCodes.Done, await _run.RunAsync("region", "drop", "west", "--document", _file));

        Assert.Empty(_counts);
        Assert.Contains(DrainWatch.Confirmation, _run.Time.Waits);
        var marked = FederationFile.Read(_file);
        Assert.Equal((2, true, false), (marked.Version, marked.Clusters[1].IsDropped, Assert.Single(marked.Clusters[1].Dropped).HasLoss));
        Assert.Matches($"^Region west was dropped .* UTC: nothing was lost. Version 2 of the federation document in {_file} says so.", _run.Output);
        Assert.Equal([_file], Directory.GetFiles(_directory.Path));
    }

    [Fact]
    public async Task What_only_it_holds_is_counted_and_it_stays_unless_the_loss_is_accepted_and_recorded()
    {
        var before = File.ReadAllBytes(_file);
        _counts.Enqueue(Check() with { OnlyThereBlocks = 1204, OnlyThereEvents = 9631 });
        Assert.Equal(ExitCodes.Failed, await _run.RunAsync("region", "drop", "west", "--document", _file));
        Assert.Contains(
            "Region west is not dropped: 1,204 blocks (9,631 events) are held there alone, as far as can be known. Drain its peers in cluster west",
            _run.Output, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(_file));

        _counts.Enqueue(Check() with { OnlyThereBlocks = 1204, OnlyThereEvents = 9631 });
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("region", "drop", "west", "--document", _file, "--accept-loss"));
        Assert.Contains("with a loss that was accepted: 1,204 blocks with 9,631 events were held there alone.", _run.Output, StringComparison.Ordinal);
        Assert.Equal((1204, 9631), Assert.Single(FederationFile.Read(_file).Clusters[1].Dropped) is var dropped ? (dropped.Blocks, dropped.Events) : default);
    }

    public static TheoryData<string, string> Doubts() => new()
    {
        { "silent", "No answer from west-a, west-b: what they alone hold is not known." },
        { "active", "New copies still go to west-b: what comes from now on is not counted." },
        { "unknown", "Cluster 'west' has never said here which peers it has: what they alone hold is not known." },
        { "unconfirmed", "Cluster 'west' has not confirmed which peers it has: one that joined since may hold more." },
        { "unended", "The count has not come to its end." },
    };

    [Theory]
    [MemberData(nameof(Doubts))]
    public async Task What_cannot_be_known_counts_as_what_it_may_hold(string what, string sentence)
    {
        var check = what switch
        {
            "silent" => Check() with { Check = Held with { NotAnswering = [PeerId.Parse("north-b"), WestA, WestB] }, Active = [WestA] },
            "active" => Check() with { Active = [WestB] },
            "unknown" => Check() with { IsKnown = false, IsConfirmed = false, Peers = [] },
            "unconfirmed" => Check() with { IsConfirmed = false },
            _ => Check() with { Check = Held with { IsEnded = false } },
        };
        _counts.Enqueue(check);
        Assert.Equal(ExitCodes.Failed, await _run.RunAsync("region", "drop", "west", "--dry-run"));
        Assert.Contains(sentence, _run.Error, StringComparison.Ordinal);
        Assert.Contains("as far as it is known, and there may be more.", _run.Output, StringComparison.Ordinal);

        _counts.Enqueue(check);
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("region", "drop", "west", "--document", _file, "--accept-loss"));
        Assert.Equal([sentence], Assert.Single(FederationFile.Read(_file).Clusters[1].Dropped).Unknown.AsEnumerable());
    }

    [Fact]
    public async Task What_repair_has_seen_at_peers_that_do_not_answer_is_said_too()
    {
        _run.Store.Register("north-a");
        _run.Store.OnReport = static peer => FakeStore.Report(peer) with
        {
            Repair = new RepairReport
            {
                IsCaughtUp = false,
                MissingBlocks = 12,
                MissingEvents = 34,
                DamagedBlocks = 0,
                FetchedBlocks = 0,
                FetchedEvents = 0,
                FetchedBytes = 0,
                KnownBlocks = 0,
                MendedBlocks = 0,
                Peers = [new ComparisonReport(WestA, false, 1, 12, null), new ComparisonReport(PeerId.Parse("north-b"), true, 0, 5, null)],
            },
        };
        _counts.Enqueue(Check() with { Check = Held with { NotAnswering = [WestA] } });

        Assert.Equal(ExitCodes.Failed, await _run.RunAsync("region", "drop", "west", "--dry-run"));
        Assert.Contains("Repair has seen there 12 copies of blocks that peers here are still to fetch.", _run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dry_run_and_a_machine_see_the_same_and_nothing_is_written()
    {
        var before = File.ReadAllBytes(_file);
        _counts.Enqueue(Check());
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("region", "drop", "west", "--dry-run", "--json"));

        var document = JsonElement.Parse(_run.Output);
        Assert.Equal(
            ("west", "checked", 0, 1),
            (document.GetProperty("region").GetString(), document.GetProperty("outcome").GetString(), document.GetProperty("events").GetInt64(),
                document.GetProperty("documentVersion").GetInt32()));
        Assert.Equal(before, File.ReadAllBytes(_file));
    }

    [Theory]
    [InlineData(2, "uses version 2 of store")]
    [InlineData(0, "uses version 0 of store")]
    public async Task A_file_that_is_not_the_document_in_use_is_not_changed(int version, string sentence)
    {
        _counts.Enqueue(Check() with { DocumentVersion = version });

        Assert.Equal(ExitCodes.Usage, await _run.RunAsync("region", "drop", "west", "--document", _file, "--accept-loss"));
        Assert.Contains(sentence, _run.Error, StringComparison.Ordinal);
        Assert.Equal(1, FederationFile.Read(_file).Version);
    }

    [Theory]
    [InlineData(2, "uses version 2 of store")]
    [InlineData(1, null)]
    public async Task A_dry_run_checks_the_file_that_it_is_given_as_the_real_run_does(int version, string? sentence)
    {
        _counts.Enqueue(Check() with { DocumentVersion = version });
        Assert.Equal(
            sentence is null ? ExitCodes.Done : ExitCodes.Usage, await _run.RunAsync("region", "drop", "west", "--document", _file, "--dry-run"));
        Assert.Contains(sentence ?? "", _run.Error, StringComparison.Ordinal);
        Assert.Equal(1, FederationFile.Read(_file).Version);
        Assert.DoesNotContain(DrainWatch.Confirmation, _run.Time.Waits);

        Assert.Equal(ExitCodes.Usage, await _run.RunAsync("region", "drop", "west", "--document", _file + ".none", "--dry-run"));
        Assert.Contains("There is no file", _run.Error, StringComparison.Ordinal);
        File.WriteAllText(_file, "{}");
        Assert.NotEqual(ExitCodes.Done, await _run.RunAsync("region", "drop", "west", "--document", _file, "--dry-run"));
    }

    [Theory]
    [InlineData("--dry-run")]
    [InlineData("--accept-loss")]
    public async Task A_region_is_not_counted_again_by_a_silo_whose_document_is_not_the_newest(string option)
    {
        _counts.Enqueue(Check() with { NewestVersion = 2 });

        Assert.Equal(ExitCodes.Usage, await _run.RunAsync("region", "drop", "west", "--document", _file, option));
        Assert.Contains("Version 2 of the federation document is in use already", _run.Error, StringComparison.Ordinal);
        Assert.Equal(1, FederationFile.Read(_file).Version);
    }

    [Fact]
    public async Task A_file_of_the_version_in_use_that_does_not_have_the_region_is_not_changed()
    {
        var document = FederationSample.Document();
        File.WriteAllBytes(_file, FederationJson.Write(document with { Clusters = [document.Clusters[0], document.Clusters[1] with { Regions = ["far"] }] }));
        _counts.Enqueue(Check());

        Assert.Equal(ExitCodes.Usage, await _run.RunAsync("region", "drop", "west", "--document", _file, "--accept-loss"));
        Assert.Contains("with another content than the silo that was asked", _run.Error, StringComparison.Ordinal);

        _counts.Enqueue(Check() with { DocumentDigest = "" });
        Assert.Equal(ExitCodes.Usage, await _run.RunAsync("region", "drop", "west", "--document", _file, "--accept-loss"));
    }

    [Fact]
    public async Task A_file_of_the_version_in_use_with_another_content_is_not_changed()
    {
        File.WriteAllBytes(_file, FederationJson.Write(FederationSample.Document(north: new OrdinalRange(1, 100))));
        _counts.Enqueue(Check());

        Assert.Equal(ExitCodes.Usage, await _run.RunAsync("region", "drop", "west", "--document", _file, "--accept-loss"));
        Assert.Contains(
            "has version 1 with another content than the silo that was asked. Name the document that is in use.", _run.Error, StringComparison.Ordinal);
        Assert.Equal(1, FederationFile.Read(_file).Version);

        // An older silo does not say what its document is.
        _counts.Enqueue(Check() with { DocumentDigest = "" });
        _counts.Enqueue(Check() with { DocumentDigest = "" });
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("region", "drop", "west", "--document", _file, "--accept-loss"));
    }

    [Fact]
    public async Task A_file_is_named_and_there_before_anything_is_counted()
    {
        Assert.Equal(ExitCodes.Usage, await _run.RunAsync("region", "drop", "west"));
        Assert.Contains("--document FILE", _run.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Usage, await _run.RunAsync("region", "drop", "west", "--document", _file + ".none"));
        Assert.Contains("There is no file", _run.Error, StringComparison.Ordinal);
        Assert.Null(_run.Address);
    }

    [Fact]
    public async Task A_region_that_cannot_be_dropped_is_refused_with_the_sentence_of_the_store()
    {
        _run.Store.OnRegion = static region => throw new RegionRefusedException("It is the last one.", region, RegionRefusal.Last);

        Assert.Equal(ExitCodes.Failed, await _run.RunAsync("region", "drop", "west", "--document", _file, "--accept-loss"));
        Assert.Contains("It is the last one.", _run.Error, StringComparison.Ordinal);
        Assert.Equal(1, FederationFile.Read(_file).Version);
    }

    private static DepartureCheck Held { get; } = new()
    {
        MinutesChecked = 10,
        MinutesTotal = 10,
        Blocks = 5000,
        Events = 40_000,
        Shortages = [],
        NotAnswering = [],
        IsEnded = true,
    };

    private static RegionCheck Check() => new()
    {
        Region = "west",
        Cluster = "west",
        Check = Held,
        OnlyThereBlocks = 0,
        OnlyThereEvents = 0,
        Peers = [WestA, WestB],
        Active = [],
        IsKnown = true,
        IsConfirmed = true,
        Store = FederationSample.Store,
        DocumentDigest = FederationSample.Document().Digest,
        DocumentVersion = 1,
    };

    private async IAsyncEnumerable<RegionCheck> Count(string region)
    {
        Assert.Equal("west", region);
        var check = _counts.Dequeue();
        yield return check with { Check = check.Check with { IsEnded = false, MinutesChecked = 5 } };
        await Task.CompletedTask;
        yield return check;
    }
}
