using System.Globalization;
using AllData.Tests.Support;

namespace AllData.Tests;

/// <summary>The programs that tests start as processes of their own, so that they can be killed: <c>dotnet AllData.Tests.dll WHAT …</c>.</summary>
public static class Program
{
    /// <summary>Runs one of them.</summary>
    public static async Task<int> Main(string[] args)
    {
        switch (args)
        {
            case [BlockWriterProgram.Command, var directory, .. var connection]:
                await BlockWriterProgram.RunAsync(directory, connection.FirstOrDefault());
                return 0;
            case [FollowedExportProgram.Command, var directory, var format, var page]:
                return await FollowedExportProgram.RunAsync(directory, format, int.Parse(page, CultureInfo.InvariantCulture));
            default:
                await Console.Error.WriteLineAsync($"Usage: {BlockWriterProgram.Command} DIRECTORY [CONNECTION] or "
                    + $"{FollowedExportProgram.Command} DIRECTORY FORMAT PAGE. The tests are run by dotnet test.");
                return 2;
        }
    }
}
