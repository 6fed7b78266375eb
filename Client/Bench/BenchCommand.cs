using System.CommandLine;
using AllData.Client.Commands;

namespace AllData.Client.Bench;

/// <summary><c>alldata bench</c>.</summary>
internal static class BenchCommand
{
    public static Command Create(ClientServices services, GlobalOptions global) =>
        new("bench", "Measures the store. The events that it puts stay there.")
        {
            BenchPutCommand.Create(services, global), BenchScanCommand.Create(services, global), BenchHttpCommand.Create(services, global),
        };
}
