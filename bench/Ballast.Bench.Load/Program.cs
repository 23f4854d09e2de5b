using Ballast.Bench.Load;
using Ballast.ComponentBase.Commands;

return await CommandLine.InvokeAsync(BenchCommand.Create(), args);
