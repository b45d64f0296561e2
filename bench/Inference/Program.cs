using System.Globalization;
using ActorSeg.Bench.Inference;

// What predictions cost. Each measurement has a process of its own, so that its largest memory is its own.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
switch (args)
{
    case ["export", "labels"]: Export.Labels(); break;
    case ["export", "probabilities"]: Export.Probabilities(); break;
    case ["export", "check"]: Export.Check(); break;
    case ["window", var model, var threads]: Window.Run(model, int.Parse(threads)); break;
    case ["memory", var model, var views]: Window.Memory(model, int.Parse(views)); break;
    default: Console.Error.WriteLine("export labels | export probabilities | export check | window MODEL_FOLDER THREADS | memory MODEL_FOLDER VIEWS"); return 2;
}

return 0;
