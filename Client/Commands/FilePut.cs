using AllData.Client.Connection;
using AllData.Client.Loading;
using AllData.Client.Output;
using AllData.Putting;
using AllData.Replication;

namespace AllData.Client.Commands;

/// <summary>Puts every line of a file.</summary>
internal sealed class FilePut(ClientServices services, ClusterAddress address, PutOptions options, FileLoadOptions load, bool json)
{
    private readonly LoadTally _tally = new();

    /// <summary>Runs.</summary>
    public async Task<int> RunAsync(string file, string? rejectsPath, string? receiptsPath, CancellationToken cancellation)
    {
        CheckPaths(file, rejectsPath, receiptsPath);
        await using var input = Open(file);
        await using var cluster = await services.Connector.ConnectAsync(address, cancellation);
        await using var receipts = ReceiptsFile.Create(receiptsPath);
        await using var rejects = new RejectsFile(rejectsPath);
        var started = services.Time.GetTimestamp();
        await LoadAsync(input, cluster.Grains, new LoadLedger(_tally, receipts, rejects, services.Terminal), cancellation);
        LoadOutput.Write(
            services.Terminal, _tally.Counts, services.Time.GetElapsedTime(started), cancellation.IsCancellationRequested, json);
        if (rejects.HasLines && rejectsPath is not null)
        {
            services.Terminal.Say($"The failed lines are in {rejectsPath}. Repair the cause and put that file.");
        }

        return cancellation.IsCancellationRequested ? ExitCodes.Interrupted : _tally.Counts.Failed > 0 ? ExitCodes.Failed : ExitCodes.Done;
    }

    private Task LoadAsync(Stream input, IGrainFactory grains, LoadLedger ledger, CancellationToken cancellation)
    {
        var reader = new LineReader(input, FileLoadOptions.MaxLineBytes);
        var sender = new BatchSender(grains, new RetryRule(services.Chance), options, services.Time, ledger);
        var loader = new FileLoader(reader, sender, ledger, load, services.Time);
        long? total = input is FileStream { CanSeek: true } stream ? stream.Length : null;
        return new LoadProgress(services.Terminal, _tally, () => reader.BytesRead, total, services.Time)
            .ShowAsync(() => loader.RunAsync(cancellation));
    }

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

    private static void CheckPaths(string file, string? rejects, string? receipts)
    {
        var input = file == PutCommand.StandardInput ? null : file;
        var paths = new[] { input, rejects, receipts }.OfType<string>().Select(Path.GetFullPath).ToArray();
        if (paths.Distinct().Count() < paths.Length)
        {
            throw new UsageException("--file, --rejects and --receipts must be different files: writing one would destroy the other.");
        }

        // Rejects of an earlier load may be the only copy of events that are still to be put.
        if (rejects is not null && File.Exists(rejects) && new FileInfo(rejects).Length > 0)
        {
            throw new UsageException($"{rejects} has lines already. Put them and remove it, or name another file with --rejects.");
        }
    }
}
