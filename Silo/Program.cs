using System.CommandLine;
using AllData.Silo.Commands;

// The silo and the local cluster handle signals themselves: the parser would end the process two seconds after one.
return await SiloCommands.Create().Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
