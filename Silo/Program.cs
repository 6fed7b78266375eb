using System.CommandLine;
using AllData.Silo.Commands;

// Signals are for the silo and for the local cluster themselves: the parser would end the process two seconds after one.
return await SiloCommands.Create().Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
