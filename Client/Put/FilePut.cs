using AllData.Client.Commands;
using AllData.Client.Connection;
using AllData.Client.Terminals;
using AllData.Replication;

namespace AllData.Client.Put;

/// <summary>Puts every line of a file.</summary>
internal sealed class FilePut(ClientServices services, ClusterAddress address, PutOptions options, FileLoadOptions load, FilePutPaths paths, bool json)
{
    private readonly LoadTally _tally = new();

    public async Task<int> RunAsync(CancellationToken cancellation)
    {
        paths.Check();
        await using var input = Open(paths.Input);
        var (text, isPlain) = await LineSource.OpenAsync(input, paths.Input, cancellation);
        await using var cluster = await services.Connector.ConnectAsync(address, cancellation);
        await using var receipts = ReceiptsFile.Create(paths.Receipts);
        await using var rejects = new LineFile(paths.Rejects);
        await using var unknown = new LineFile(paths.Unknown);
        var ledger = new LoadLedger(_tally, receipts, rejects, unknown, services.Terminal);
        var started = services.Time.GetTimestamp();
        var stopped = await LoadAsync(text, isPlain ? LengthOf(input) : null, cluster.Grains, ledger, cancellation);
        LoadOutput.Write(
            services.Terminal, _tally.Counts, services.Time.GetElapsedTime(started), cancellation.IsCancellationRequested, json);
        LoadFilesOutput.Say(services.Terminal, stopped, paths, receipts, rejects, unknown);
        var isWhole = stopped is null && receipts.Failure is null && _tally.Counts is { Failed: 0, Unknown: 0 };
        return cancellation.IsCancellationRequested ? ExitCodes.Interrupted : isWhole ? ExitCodes.Done : ExitCodes.Failed;
    }

    /// <summary>Puts the lines.</summary>
    /// <returns>Why the input was not read to its end; null when it was.</returns>
    private async Task<string?> LoadAsync(Stream text, long? length, IGrainFactory grains, LoadLedger ledger, CancellationToken cancellation)
    {
        var largest = await PutClients.LargestEventAsync(grains, services.Time, cancellation);
        await using var client = PutClients.Create(
            grains, services, address, load.BatchEvents, FileLoadOptions.MaxBatchBytes, load.InFlight, largest);
        _tally.CountRetried = () => client.Retried;

        // A line of a keyed file is longer than its event.
        var reader = new LineReader(text, load.IsKeyed ? checked(largest * 2) : largest);
        var loader = new FileLoader(reader, new LineSender(client, PutClients.Asked(options), ledger), ledger, load, services.Time);
        await new LoadProgress(services.Terminal, _tally, () => reader.BytesRead, length, services.Time)
            .ShowAsync(() => loader.RunAsync(cancellation));
        return loader.Stopped;
    }

    private static long? LengthOf(Stream input) => input is FileStream { CanSeek: true } stream ? stream.Length : null;

    private Stream Open(string file)
    {
        try
        {
            return file == PutCommand.StandardInput
                ? services.Terminal.Input
                : new FileStream(file, new FileStreamOptions { Options = FileOptions.Asynchronous | FileOptions.SequentialScan });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UsageException($"The file cannot be read: {e.Message}");
        }
    }
}
