namespace AllData.Client.Help;

/// <summary>For each command, by its words, lines that can be typed as they stand. A test parses all of them.</summary>
internal static class CommandExamples
{
    /// <summary>The ten commands that people need first, and what each is for.</summary>
    public static readonly (string Line, string Purpose)[] Cheat =
    [
        ("""alldata put '{"foo":"bar"}'""", "stores an event; prints its key and which peers hold it"),
        ("alldata get 20260102T030405006000100000", "writes an event"),
        ("alldata put --file events.ndjson --rejects failed.ndjson", "stores every line of a file"),
        ("alldata scan --from 20260102 --to 20260103", "writes the events of a day, in order, and says whether that was all"),
        ("alldata tail --last 10", "follows the store, beginning with the ten newest events"),
        ("alldata export --interval 20260102 --out lake", "writes a day to Parquet files"),
        ("alldata status", "says whether all is well, and what is wrong"),
        ("alldata where --from 20260102", "shows which peer holds which copies, and which are missing"),
        ("alldata explain 20260102T030405006000100000", "shows where each copy of an event lies, and what is owed"),
        ("alldata context add production --gateway 10.0.0.5:8281", "saves a cluster under a name, and uses it from then on"),
    ];

    private static readonly Dictionary<string, string[]> ByCommand = new(StringComparer.Ordinal)
    {
        [""] = ["""alldata put '{"foo":"bar"}'""", "alldata cheat"],
        ["put"] =
        [
            """alldata put '{"foo":"bar"}'""", """alldata put '{"foo":"bar"}' --topic orders --level all""",
            "alldata put --file events.ndjson --rejects failed.ndjson",
        ],
        ["get"] = ["alldata get 20260102T030405006000100000"],
        ["scan"] =
        [
            "alldata scan --from 20260102T03 --to 20260102T04", "alldata scan --after 20260102T030405006000100000",
            "alldata scan --interval 20260102 --topic orders --limit 100",
        ],
        ["tail"] = ["alldata tail --since 1h", "alldata tail --last 10 --filter user.name=ann", "alldata tail --consumer billing"],
        ["consumers"] = ["alldata consumers"],
        ["consumers show"] = ["alldata consumers show billing"],
        ["consumers reset"] = ["alldata consumers reset billing --since 1h", "alldata consumers reset billing --beginning"],
        ["consumers delete"] = ["alldata consumers delete billing"],
        ["export"] =
        [
            "alldata export --interval 20260102 --out lake", "alldata export --from 20260101 --to 20260201 --out lake --by-topic",
            "alldata export --interval 20260102 --out lake --require complete --keys peers.keys",
        ],
        ["archive"] = ["alldata archive --interval 20260102 --to archive"],
        ["restore"] = ["alldata restore --from archive/interval=20260102T000000 --keys peers.keys"],
        ["intervals"] = ["alldata intervals"],
        ["seal"] = ["alldata seal --interval 20260102", "alldata seal --interval 20260102 --accept-missing 'The disk of north-c burnt.'"],
        ["verify"] =
        [
            "alldata verify --interval 20260102 --keys peers.keys --head log.head", "alldata verify --receipts receipts.ndjson",
            "alldata verify --offline lake/interval=20260102T000000 --keys peers.keys",
        ],
        ["prove"] = ["alldata prove 20260102T030405006000100000 --out event.proof", "alldata prove --check event.proof --keys peers.keys"],
        ["scrub"] = ["alldata scrub", "alldata scrub --peer north-a --interval 20260102"],
        ["peers"] = ["alldata peers"],
        ["peers add"] = ["alldata peers add old-1 --address http://10.0.0.9:8080/ --region west --zone c"],
        ["status"] = ["alldata status", "alldata status --all --json"],
        ["top"] = ["alldata top", "alldata top --once", "alldata top --json --every 10"],
        ["audit"] = ["alldata audit", "alldata audit --from 20260101 --to 20260201"],
        ["explain"] = ["alldata explain 20260102T030405006000100000"],
        ["where"] = ["alldata where --from 20260102T03 --to 20260102T04", "alldata where --interval 20260102 --missing"],
        ["drain"] = ["alldata drain north-b --dry-run", "alldata drain north-b"],
        ["undrain"] = ["alldata undrain north-b"],
        ["drop"] = ["alldata drop north-b --dry-run", "alldata drop north-b"],
        ["region"] = ["alldata region drop west --document federation.json --dry-run"],
        ["region drop"] = ["alldata region drop west --document federation.json --dry-run"],
        ["bench"] = ["alldata bench put --in-flight 512 --seconds 5"],
        ["bench put"] = ["alldata bench put --in-flight 512 --seconds 5", "alldata bench put --rate 1000 --size 1024"],
        ["bench scan"] = ["alldata bench scan --from 20260102 --seconds 5"],
        ["bench http"] = ["alldata bench http --url http://127.0.0.1:8081/ --path ndjson"],
        ["context"] = ["alldata context list"],
        ["context add"] = ["alldata context add production --gateway 10.0.0.5:8281 --gateway 10.0.0.6:8281"],
        ["context use"] = ["alldata context use production"],
        ["context list"] = ["alldata context list"],
        ["context remove"] = ["alldata context remove production"],
        ["federation"] = ["alldata federation check federation.json"],
        ["federation check"] = ["alldata federation check new.json --against federation.json"],
        ["security"] = ["alldata security init --out certs --silos north-a,north-b --clients orders:writer,ops:reader+operator"],
        ["security init"] = ["alldata security init --out certs --silos north-a,north-b --clients orders:writer,ops:reader+operator --hosts 10.0.0.5,10.0.0.6"],
        ["security key"] = ["alldata security key reports --principals certs/principals.json"],
        ["completion"] = ["""source <(alldata completion bash)""", "alldata completion zsh", "alldata completion powershell"],
        ["cheat"] = ["alldata cheat"],
    };

    /// <summary>The examples of a command; empty if there are none.</summary>
    /// <param name="words">Its name after those of the commands that it belongs to, without the program's.</param>
    public static IReadOnlyList<string> Of(string words) => ByCommand.GetValueOrDefault(words, []);
}
