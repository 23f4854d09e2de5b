using System.Globalization;
using Ballast.Fuzz;
using SharpFuzz;

// eng/fuzz calls it:  list | seeds TARGET DIR | run TARGET (under afl-fuzz) | try TARGET FILE...
switch (args)
{
    case ["list"]:
        foreach (var name in Targets.All.Keys)
            Console.WriteLine(name);
        return 0;
    case ["seeds", var name, var folder]:
        foreach (var (index, seed) in Targets.All[name].Seeds.Index())
            File.WriteAllBytes(Path.Combine(folder, index.ToString(CultureInfo.InvariantCulture)), seed);
        return 0;
    case ["run", var name]:
        Fuzzer.Run(stream =>
        {
            using var input = new MemoryStream();
            stream.CopyTo(input);
            Targets.All[name].Run(input.ToArray()); // not before: instrumented code needs the memory that afl-fuzz shares with it
        });
        return 0;
    case ["try", var name, .. var files]:
        foreach (var file in files)
            Targets.All[name].Run(File.ReadAllBytes(file));
        return 0;
    default:
        Console.Error.WriteLine("usage: list | seeds TARGET DIR | run TARGET | try TARGET FILE...");
        return 2;
}
