using AllData.Client.Commands;
using AllData.Client.Connection;
using AllData.Client.Terminals;

namespace AllData.Client;

internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        using var terminal = Terminal.OfProcess();
#pragma warning disable RS0030 // Where the program is put together its randomness is named, once.
        var services = new ClientServices(new OrleansConnector(TimeProvider.System), terminal, TimeProvider.System, Random.Shared)
        {
            Surroundings = ClientSurroundings.OfProcess(),
        };
#pragma warning restore RS0030
        return await AllDataCommand.RunAsync(args, services);
    }
}
