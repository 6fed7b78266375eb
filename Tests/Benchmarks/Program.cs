using AllData.Benchmarks;

return args switch
{
    ["storage"] => await StorageBenchmarks.RunAsync(only: null, rounds: 5),
    ["storage", "--replicas", var replicas] => await ReplicatedStorage.RunAsync(int.Parse(replicas), postgreSql: false),
    ["storage", "sqlite" or "postgresql", "--replicas", var replicas] => await ReplicatedStorage.RunAsync(int.Parse(replicas), args[1] == "postgresql"),
    ["storage", "sqlite" or "log" or "postgresql", .. var rest] => await StorageBenchmarks.RunAsync(args[1], rest is [var rounds] ? int.Parse(rounds) : 5),
    ["planner", .. var rest] => PlannerBenchmarks.Run(rest),
    ["topics"] => await TopicBenchmark.RunAsync(),
    ["topics", "puts", .. var rest] => await TopicThroughput.RunAsync(rest),
    ["scan", .. var rest] => await ScanBenchmark.RunAsync(rest),
    ["export", .. var rest] => await ExportBenchmark.RunAsync(rest),
    ["throughput", .. var rest] => await ThroughputBenchmark.RunAsync(rest),
    ["overload", .. var rest] => await OverloadBenchmark.RunAsync(rest),
    ["allocations", .. var rest] => await AllocationBenchmark.RunAsync(rest),
    ["chaos", .. var rest] => await ChaosProgram.RunAsync(rest),
    ["region", .. var rest] => await RegionProgram.RunAsync(rest),
    ["wipe", .. var rest] => await WipeProgram.RunAsync(rest),
    ["drain", .. var rest] => await DrainProgram.RunAsync(rest),
    ["security", .. var rest] => await FeatureThroughput.RunAsync(rest),
    ["encryption", .. var rest] => await FeatureThroughput.RunEncryptedAsync(rest),
    ["telemetry", .. var rest] => await FeatureThroughput.RunObservedAsync(rest),
    ["numbers", .. var rest] => await FeatureThroughput.RunNumberedAsync(rest),
    ["follow", "delay", .. var rest] => await FollowDelay.RunAsync(rest),
    ["follow", .. var rest] => await FollowThroughput.RunAsync(rest),
    ["streams", .. var rest] => await StreamBenchmark.RunAsync(rest),
    ["regions", .. var rest] => await RegionsProgram.RunAsync(rest),
    ["fuzz", .. var rest] => await FuzzProgram.RunAsync(rest),
    ["sealing", .. var rest] => await SealingProgram.RunAsync(rest),
    [CutOffSilo.Command, "local-peer", var peer, "--data", var data, "--base-port", var port, "--peers", var peers, "--stop-at-end-of-input",
        .. var settings] => await CutOffSilo.RunAsync(peer, data, port, peers, settings),
    [ShiftedSilo.Command, "local-peer", var peer, "--data", var data, "--base-port", var port, "--peers", var peers, "--stop-at-end-of-input",
        .. var settings] => await ShiftedSilo.RunAsync(peer, data, port, peers, settings),
    [StandIns.CountingSilo, "local-peer", var peer, "--data", var data, "--base-port", var port, "--peers", var peers, "--stop-at-end-of-input",
        .. var settings] => await StandIns.RunCountingSiloAsync(peer, data, port, peers, settings),
    [StandIns.UnnumberedSilo, "local-peer", var peer, "--data", var data, "--base-port", var port, "--peers", var peers, "--stop-at-end-of-input",
        .. var settings] => await StandIns.RunUnnumberedSiloAsync(peer, data, port, peers, settings),
    [StandIns.ShippedSilo, "local-peer", var peer, "--data", var data, "--base-port", var port, "--peers", var peers, "--stop-at-end-of-input",
        .. var settings] => await StandIns.RunShippedSiloAsync(peer, data, port, peers, settings),
    [StandIns.AnsweringServer, var port] => await StandIns.RunAnsweringServerAsync(port),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("""
        Usage: dotnet run -c Release --project Tests/Benchmarks -- WHAT

        WHAT is one of
          storage    durable appends through all stores beside the bare libraries and a bare file, about three minutes; needs PostgreSQL's binaries
                     [sqlite|postgresql [ROUNDS]]
          storage [sqlite|postgresql] --replicas N
                     N stores written side by side by one process, each block counted when a majority has flushed it: the ceiling of
                     the put path
          planner    choosing peers at 10, 1,000 and 10,000 peers, about two minutes
          scan       a merged scan over six silos beside a bare read of the same blocks, about two minutes
                     [--events N] [--rounds N] [--batch N]
          topics     a store of a million events, of which a hundredth has a topic: reading that beside reading all, and appends with topics beside
                     appends without, about two minutes
          topics puts  puts by ten applications with topics beside puts without into the same six silos, in turn, about five minutes
                     [--topics N] [--seconds N] [--rounds N] [--log FILE]
          throughput puts by the alldata program into silos that are processes, beside the same with stores that only count, an HTTP server
                     that stores nothing, and stores without calls; each loaded until it gets no faster, then interleaved rounds, about half an hour
                     [--silos 6|3] [--rounds N] [--seconds N] [--warm-up N] [--only CASE]...
          overload   events at a fixed rate, below and above what six silos can do, about three minutes
                     [--silos 6|3] [--seconds N] [--via client|grain]
          allocations  bytes allocated for an event on the way from a coordinator to its replica, in this process, some seconds
                     [--events N]
          chaos      six silos under load that are killed, hung, restarted, wiped, filled up and damaged by a seeded schedule; then the time until
                     all copies are in their places, and what is lost; exit code 1 when anything is
                     [--minutes N] [--seconds N] [--seed N] [--rate N] [--logs] [--log FILE]
          region     the two silos of a region stopped, or cut off from the others, under load; then the time until all copies are in their
                     places, and bytes moved beside bytes missing
                     [--how stop|cut] [--seconds N] [--rate N] [--log FILE]
          wipe       a peer loses its disk under load: how fast it is refilled, and the rate of puts meanwhile
                     [--events N] [--seconds N] [--log FILE]
          drain      a peer is drained and dropped under load by the alldata program, after an unsafe attempt
                     [--seconds N] [--rate N] [--log FILE]
          regions cut         three clusters of two silos: west is cut off below the program under load, in both directions, then only in what it sends;
                              puts during the cut, what crosses afterwards, and every event read back in every cluster
                     [--seconds N] [--quiet N] [--rate N] [--directions both,outward,inward] [--bound N] [--log FILE] [--silo-logs DIR]
          regions kill        both silos of west, then the silo that hosts north's registry, are killed under load; --seconds is how long they are dead
                     [--seconds N] [--quiet N] [--rate N] [--bound N] [--log FILE] [--silo-logs DIR]
          regions throughput  three clusters of two silos beside one cluster of six, under load in turn
                     [--seconds N] [--rounds N] [--log FILE]
          regions delay       latencies of puts, and what the regions owe each other, at added round-trip times between them, in milliseconds;
                              --rate is that of all clusters together
                     [--delays 0,20,80] [--seconds N] [--warm-up N] [--rate N] [--bound N] [--log FILE] [--silo-logs DIR]
          sealing    six silos that seal intervals of five minutes, under load, with clocks that are set ahead: with all up, with one away, and killed, hung
                     and restarted by a seeded schedule; then every certificate beside an independent count over all files, about a quarter of an hour;
                     exit code 1 when one is wrong
                     [--quiet INTERVALS] [--chaos INTERVALS] [--seed N] [--rate N] [--log FILE]
          sealing damage  four silos: blocks taken out of their files or changed there, before and after sealing, a late block, logs of certificates altered
                     and put back; a line for each, about a quarter of an hour; exit code 1 when something was not seen
                     [--log FILE]
          sealing cost    a million events are sealed by six silos while puts go on, and verified: seconds, processor time, memory, puts
                     [--events N] [--log FILE]
          security   six silos with TLS, certificates and roles beside six without, under load in turn, about a quarter of an hour
                     [--loads client-single,batch,ndjson,post] [--seconds N] [--rounds N] [--log FILE]
          encryption six silos that encrypt payloads beside six that do not, under load in turn, about a quarter of an hour
                     [--loads client-single,batch,ndjson,post] [--seconds N] [--rounds N] [--log FILE]
          telemetry  six silos with metrics, and six with metrics and traces of a hundredth, beside six without, under load in turn, about a quarter
                     of an hour
                     [--loads client-single,batch,ndjson,post] [--seconds N] [--rounds N] [--log FILE]
          numbers    six silos beside six that do not number their blocks, under load in turn, about ten minutes
                     [--loads client-single,batch,ndjson,post] [--seconds N] [--rounds N] [--log FILE]
          follow     six silos under load, without and with readers that follow over HTTP (curl), in turn, about four minutes
                     [--readers N] [--live] [--seconds N] [--rounds N] [--log FILE]
          follow delay  from the acknowledgement of an event until a reader has it, live and in order, while little is put, about two minutes
                     [--puts N] [--log FILE]
          streams    many grains subscribed to one stream, while events are put and then from the beginning, in this process, about a minute
                     [--subscribers N] [--rate N] [--seconds N]
          fuzz       what no client sends, over HTTP, by a seeded choice, to a silo, to six with certificates, to one with PostgreSQL, or to one that runs
                     already; then everything acknowledged is read back; exit code 1 when anything must not have been
                     [--secure|--postgresql|--url URL [--cert FILE --cert-key FILE]] [--requests N] [--seed N] [--workers N] [--minutes N] [--log FILE]
          export     the events of six silos to Parquet and NDJSON, read back by DuckDB, about two minutes; options as of scan
        """);
    return 2;
}
