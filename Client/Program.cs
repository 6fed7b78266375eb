using AllData.Client.Commands;
using AllData.Client.Connection;
using AllData.Client.Terminals;

namespace AllData.Client;

internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        using var terminal = Terminal.OfProcess();
        var services = new ClientServices(new OrleansConnector(TimeProvider.System), terminal, TimeProvider.System, Random.Shared)
        {
            Surroundings = ClientSurroundings.OfProcess(),
        };
        return await AllDataCommand.RunAsync(args, services);
    }
}
