using AllData.Client.Connection;

namespace AllData.Client.Put;

/// <summary>The files of a load.</summary>
/// <param name="Input">What is put; <see cref="PutCommand.StandardInput"/> for the standard input.</param>
/// <param name="Rejects">Takes the lines of which nothing was written; null: they are only printed.</param>
/// <param name="Unknown">Takes the lines that may be stored, with their keys; null: they are only printed.</param>
/// <param name="Receipts">Takes the receipts; null: they are forgotten.</param>
internal sealed record FilePutPaths(string Input, string? Rejects, string? Unknown, string? Receipts)
{
    /// <summary>Refuses files that would destroy each other, or the only copy of events of an earlier load.</summary>
    /// <exception cref="UsageException">They would.</exception>
    public void Check()
    {
        var input = Input == PutCommand.StandardInput ? null : Input;
        var paths = new[] { input, Rejects, Unknown, Receipts }.OfType<string>().Select(Path.GetFullPath).ToArray();
        if (paths.Distinct().Count() < paths.Length)
        {
            throw new UsageException("--file, --rejects, --unknown and --receipts must be different files: writing one would destroy the other.");
        }

        RefuseEarlier(Rejects, "--rejects", "Put them");
        RefuseEarlier(Unknown, "--unknown", "Put them with --keyed");
    }

    private static void RefuseEarlier(string? path, string option, string wayOut)
    {
        if (path is not null && File.Exists(path) && new FileInfo(path).Length > 0)
        {
            throw new UsageException($"{path} has lines already. {wayOut} and remove it, or name another file with {option}.");
        }
    }
}
